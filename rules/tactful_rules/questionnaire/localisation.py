"""One language of a questionnaire, ready for the widget: every text falls back on its own, so none is ever empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from tactful_rules.model.condition import Condition
from tactful_rules.model.questionnaire import End, Option, Question, Questionnaire
from tactful_rules.model.touchpoint import Text


def localise(questionnaire: Questionnaire, locale: str | None, default: str) -> tuple[str, dict[str, Any]]:
    """Give the locale used and the questionnaire as the widget reads it, with plain texts in place of maps.

    Text by text: the locale asked for, its bases (`zh-Hant-TW`, `zh-Hant`, `zh`; RFC 4647 section 3.4), `default` and
    its bases, else any. The locale used is the first of these in which the questionnaire has any text. Keys are left
    out where they say nothing; placeholders stay, the widget pipes them.
    """
    wanted = (*_bases(locale or ""), *_bases(default))
    used = _locale_used(questionnaire, wanted, default)
    wire: dict[str, Any] = {"id": questionnaire.id}
    _put(wire, "title", choose_text(questionnaire.title, wanted))
    wire["questions"] = [_question(question, wanted) for question in questionnaire.questions]
    _put(wire, "ends", [_end(end, wanted) for end in questionnaire.ends])
    return used, wire


def choose_text(text: Text, wanted: Iterable[str]) -> str:
    """Give a text in the first of the wanted locales that it has, else in any; "" when there is no text at all.

    `wanted` are lower case, with hyphens. A text written without a locale (key "") serves every locale.
    """
    if "" in text:
        return text[""]
    by_locale = {_normalise(key): words for key, words in text.items()}
    for locale in wanted:
        if locale in by_locale:
            return by_locale[locale]
    return next(iter(text.values()), "")


def _normalise(locale: str) -> str:
    return locale.replace("_", "-").lower()


def _bases(locale: str) -> Iterator[str]:
    parts = _normalise(locale).split("-") if locale else []
    for length in range(len(parts), 0, -1):
        yield "-".join(parts[:length])


def _locale_used(questionnaire: Questionnaire, wanted: tuple[str, ...], default: str) -> str:
    written = {_normalise(locale): locale for text in _texts(questionnaire) for locale in text if locale}
    return next((written[locale] for locale in wanted if locale in written), next(iter(written.values()), default))


def _texts(questionnaire: Questionnaire) -> Iterator[Text]:
    yield questionnaire.title
    for question in questionnaire.questions:
        yield from (question.text, question.help, question.low, question.high, question.placeholder)
        yield from (option.text for option in question.options)
    for end in questionnaire.ends:
        yield from (end.title, end.text)


def _question(question: Question, wanted: tuple[str, ...]) -> dict[str, Any]:
    wire: dict[str, Any] = {"id": question.id, "type": question.type, "text": choose_text(question.text, wanted)}
    _put(wire, "help", choose_text(question.help, wanted))
    _put(wire, "required", question.required)
    _put(wire, "if", _condition(question.condition))
    _put(wire, "options", [_option(option, wanted) for option in question.options])
    for key, text in (("other", question.other), ("none", question.none)):
        if text is not None:  # an empty text stays: the widget has words of its own for it
            wire[key] = choose_text(text, wanted)
    _put(wire, "shuffle", question.shuffle)
    limits = (("min", question.min), ("max", question.max), ("max_length", question.max_length))
    wire.update((key, limit) for key, limit in limits if limit is not None)
    _put(wire, "low", choose_text(question.low, wanted))
    _put(wire, "high", choose_text(question.high, wanted))
    _put(wire, "style", "" if question.style == "numbers" else question.style)
    _put(wire, "long", question.long)
    _put(wire, "placeholder", choose_text(question.placeholder, wanted))
    return wire


def _option(option: Option, wanted: tuple[str, ...]) -> dict[str, str]:
    return {"id": option.id, "text": choose_text(option.text, wanted) or option.id}


def _end(end: End, wanted: tuple[str, ...]) -> dict[str, Any]:
    wire: dict[str, Any] = {"title": choose_text(end.title, wanted)}
    _put(wire, "text", choose_text(end.text, wanted))
    _put(wire, "if", _condition(end.condition))
    return wire


def _condition(condition: Condition | None) -> Any:
    return None if condition is None else msgspec.json.decode(msgspec.json.encode(condition))


def _put(wire: dict[str, Any], key: str, value: Any) -> None:
    if value:
        wire[key] = value
