"""Which attributes a condition may name and what they are; the place decides, not the attribute."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from tactful_rules.mistakes.spelling import nearest
from tactful_rules.model import attributes
from tactful_rules.model.attributes import AttributeType
from tactful_rules.model.condition import Operator, Scalar
from tactful_rules.model.questionnaire import Question
from tactful_rules.source.reading.report import listing

_SCHEMA_TYPES: dict[str, AttributeType] = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "array": "list",
}
_WORDS: dict[str, tuple[Scalar, ...]] = {
    "now.weekday": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    "device.type": ("phone", "tablet", "desktop", "bot"),
}
_QUESTION_TYPES: dict[str, AttributeType] = {
    "nps": "number",
    "csat": "number",
    "ces": "number",
    "single": "string",
    "multi": "list",
    "text": "string",
}


_WITHOUT_RE2: dict[Operator, str] = {"matches": "a browser decides it too, and has no linear-time patterns"}


class Attribute(Struct, frozen=True):
    """What is known of an attribute; `words` are the only values it can have, empty when it can have any."""

    type: AttributeType
    words: tuple[Scalar, ...] = ()


class Scope(Struct, frozen=True):
    """The attributes of one place: `known` by name, and prefixes behind which anything may follow.

    `what` names the kind of thing in messages (`attribute`, `question`), `elsewhere` has hints for names that exist
    but not here, `without` the operators that the place can't evaluate, with the reason.
    """

    known: dict[str, Attribute]
    prefixes: tuple[str, ...] = ()
    what: str = "attribute"
    elsewhere: dict[str, str] = {}
    without: dict[Operator, str] = {}

    def find(self, name: str) -> Attribute | None:
        """Give what is known of an attribute, or None when the name means nothing here."""
        if name in self.known:
            return self.known[name]
        if any(name.startswith(prefix) and name != prefix for prefix in self.prefixes):
            return Attribute("any")
        return None

    def hint(self, name: str) -> str:
        """Say which attribute may have been meant."""
        if name in self.elsewhere:
            return self.elsewhere[name]
        if name.removeprefix("answers.") in self.known:
            return f"write `{name.removeprefix('answers.')}`"
        near = self.near(name)
        beside = listing(self._below(name.rpartition(".")[0]))
        return f"did you mean `{near}`?" if near else f"one of {beside}" if beside else ""

    def behind(self, name: str) -> str:
        """Say which attributes a name may be a part of, where there are several kinds of these."""
        return f"write {listing(prefix + name for prefix in self.prefixes)}" if len(self.prefixes) > 1 else ""

    def near(self, name: str) -> str | None:
        """Give the attribute whose name a wrong one comes near to."""
        branch, _, last = name.rpartition(".")
        beside = {known.removeprefix(f"{branch}."): known for known in self._below(branch)}
        if beside:  # what stands before is right, and would make any two names alike
            near = nearest(last, beside)
            return beside[near] if near else self._ending(last)
        found = next(iter(self._below(name)), None) or nearest(name, self.known) or self._ending(last)
        prefix = None if found else nearest(name.partition(".")[0] + ".", self.prefixes)
        return found or (prefix and prefix + "…")

    def _below(self, branch: str) -> list[str]:
        return [known for known in self.known if known.startswith(branch + ".")] if branch else []

    def _ending(self, last: str) -> str | None:
        return next((known for known in self.known if known.endswith("." + last)), None)

    def branch(self, name: str, below: Iterable[str]) -> str | None:
        """Give the first part of paths that a name is, or comes near to with one of those names below it."""
        branches = {known[:dot] for known in self.known for dot, sign in enumerate(known) if sign == "."}
        branches |= {prefix[:-1] for prefix in self.prefixes}
        if name in branches:
            return name
        near = nearest(name, sorted(branches))
        return near if near and any(f"{near}.{inner}" in self.known for inner in below) else None


def of_schema(schema: dict[str, Any]) -> Attribute:
    """Say what values a param with this JSON Schema can have, as far as its `type`, `enum` and `const` tell."""
    declared = schema.get("type")
    kind = _SCHEMA_TYPES.get(declared, "any") if isinstance(declared, str) else "any"
    words = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if not isinstance(words, list) or not all(isinstance(word, bool | int | float | str) for word in words):
        return Attribute(kind)
    return Attribute(kind, tuple(words))


def of_touchpoints(params: Iterable[dict[str, dict[str, Any]]], prefix: str = "") -> dict[str, Attribute]:
    """Give the attributes of touchpoints' params; one declared differently in several places can be anything."""
    known: dict[str, Attribute] = {}
    for declared in params:
        for path, schema in declared.items():
            attribute = of_schema(schema)
            first = known.setdefault(prefix + path, attribute)
            if first != attribute:
                known[prefix + path] = Attribute(first.type if first.type == attribute.type else "any")
    return known


def for_rules(params: dict[str, Attribute]) -> Scope:
    """Give the scope of a rule's `when`."""
    known = {name: Attribute(kind, _WORDS.get(name, ())) for name, kind in attributes.BUILT_IN.items()}
    return Scope({**params, **known}, (attributes.PERSON_PREFIX,))


def for_questions(
    questions: Iterable[Question],
    params: dict[str, Attribute],
    earlier: Iterable[str] = (),
    later: Iterable[str] = (),
) -> Scope:
    """Give the scope of an `if`: the answers given before it, and params of any touchpoint.

    `earlier` has the ids of all questions before it, also of those that could not be read.
    """
    known = dict.fromkeys((name for name in earlier if name), Attribute("any"))
    known |= {question.id: of_question(question) for question in questions}
    hints = {name: "only questions that come before this one can be named" for name in later if name not in known}
    return Scope({**known, **params}, what="question", elsewhere=hints, without=_WITHOUT_RE2)


def of_question(question: Question) -> Attribute:
    """Say what an answer to a question can be."""
    kind = _QUESTION_TYPES[question.type]
    if question.type not in ("single", "multi"):
        return Attribute(kind)
    words = [option.id for option in question.options]
    words += ["none"] * (question.none is not None) + ["other"] * (question.other is not None)
    return Attribute(kind, tuple(words))


def for_journal() -> Scope:
    """Give the scope of a sink's `where` and an alert's `when`."""
    known = {name: Attribute(kind) for name, kind in attributes.JOURNAL.items()}
    return Scope(known, attributes.JOURNAL_PREFIXES)
