"""The hosted page's documents; every text is escaped where it is put in, and nothing but our own script may run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Literal, Protocol
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from tactful_gateway.http.hosted.fields import question_field
from tactful_gateway.http.hosted.style import CSS, CSS_HASH
from tactful_gateway.words.screens import Words, is_rtl, words_for
from tactful_rules.model.condition import Condition
from tactful_rules.model.decision import Invitation
from tactful_rules.model.questionnaire import End, Question, Questionnaire
from tactful_rules.questionnaire import choose_end, pipe

Notice = Literal["expired", "closed", "unknown", "unavailable", "opted_out", "opted_out_channel"]
STATUS: dict[Notice, int] = {"expired": 410, "unknown": 404, "unavailable": 503}
"""Those that are not simply 200."""
POLICY = (
    f"default-src 'none'; script-src 'self'; style-src '{CSS_HASH}'; connect-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
}
"""With `no-referrer`, browsers send `Origin: null` along with the form: that must not be refused."""


class Page(Struct, frozen=True):
    """A response ready to be sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=HEADERS.copy)


class HostedInvitation(Struct, frozen=True, kw_only=True):
    """An invitation, the channel it came over, and what is answered so far."""

    invitation: Invitation
    channel: str = ""
    answers: dict[str, Any] = {}
    rev: int = 0
    complete: bool = False


class Problem(Protocol):
    """What is wrong with one answer: `path` is the question's id, maybe after `answers.`, maybe with more behind."""

    @property
    def path(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def code(self) -> str: ...  # noqa: D102 - the class says it


def question_page(
    view: HostedInvitation,
    *,
    renderer: str | None,
    given: Mapping[str, Any] | None = None,
    problems: Iterable[Problem] = (),
    unavailable: bool = False,
) -> Page:
    """Build the page that asks.

    `renderer` is the hash under which the script is served, None for none. With `problems` the page is the answer (422)
    to a form filled in wrongly, `given` being what it said; it then stays a plain form, so that nothing is lost. It
    does so, too, when it is `unavailable` (503): the answers can't be taken now.
    """
    invitation = view.invitation
    document = invitation.questionnaire
    answers = view.answers if given is None else given
    words = words_for(invitation.locale)[1]
    errors = _errors(problems, document["questions"], words)

    def say(text: str) -> str:
        return escape(pipe(text, answers, invitation.params, document["questions"]))

    fields = "".join(
        question_field(question, answers.get(question["id"]), errors.get(question["id"]), say, words)
        for question in document["questions"]
    )
    upgraded = renderer is not None and not errors and not unavailable
    alert = f'<p class="wrong" role="alert">{escape(words.unavailable)}</p>' if unavailable else _wrong(errors, words)
    title = say(document.get("title", "")) or escape(words.survey)
    form = (
        f'<form id="tactful-form" method="post"{" class=fresh" if upgraded else ""}>'
        f"{alert}{fields}<button>{escape(words.send)}</button></form>"
    )
    script = _script(view, renderer) if upgraded and renderer else ""
    return _page(
        invitation.locale,
        words,
        title,
        f"<h1>{title}</h1>{form}",
        STATUS["unavailable"] if unavailable else 422 if errors else 200,
        script,
        _opt_out(view, words),
    )


def thanks_page(view: HostedInvitation) -> Page:
    """Build the page that says thank you, with the end screen that the answers lead to, if there is one."""
    invitation = view.invitation
    words = words_for(invitation.locale)[1]
    end = _end(view)
    title, text = (end.title[""], end.text.get("", "")) if end else (words.thanks, "")
    return _message(invitation.locale, words, _pipe(view, title), 200, _opt_out(view, words), _pipe(view, text))


def opt_out_page(view: HostedInvitation) -> Page:
    """Build the page that asks whether to opt out, of everything or of the channel: looking at it changes nothing."""
    locale = view.invitation.locale
    words = words_for(locale)[1]
    title = escape(words.opt_out_question)
    scopes = (("all", words.opt_out_all), ("channel", words.opt_out_channel.replace("{}", view.channel)))
    choices = "".join(
        f'<label><input type="radio" name="scope" value="{scope}"{" checked" if scope == "all" else ""}>'
        f"{escape(text)}</label>"
        for scope, text in scopes
    )
    body = (
        f'<h1 class="big" id="ask">{title}</h1><form class="ask" method="post">'
        f'<div class="list" role="radiogroup" aria-labelledby="ask">{choices}</div>'
        f"<button>{escape(words.opt_out_yes)}</button></form>"
    )
    return _page(locale, words, title, body, 200)


def notice_page(notice: Notice, locale: str = "") -> Page:
    """Build a page that says one thing; `locale` may be an Accept-Language header."""
    used, words = words_for(locale)
    return _message(used, words, getattr(words, notice), STATUS.get(notice, 200))


def _message(locale: str, words: Words, title: str, status: int, footer: str = "", text: str = "") -> Page:
    note = f'<p class="note">{escape(text)}</p>' if text else ""
    return _page(locale, words, escape(title), f'<h1 class="big">{escape(title)}</h1>{note}', status, "", footer)


def _pipe(view: HostedInvitation, text: str) -> str:
    return pipe(text, view.answers, view.invitation.params, view.invitation.questionnaire["questions"])


def _end(view: HostedInvitation) -> End | None:
    """Choose the end screen as the widget does: the wire form, texts already in one locale, made a model again."""
    document = view.invitation.questionnaire

    def condition(part: Mapping[str, Any]) -> Condition | None:
        found: Condition | None = msgspec.convert(part.get("if"), Condition | None)
        return found

    questions = (Question(part["id"], part["type"], {}, condition=condition(part)) for part in document["questions"])
    ends = (End({"": part["title"]}, {"": part.get("text", "")}, condition(part)) for part in document.get("ends", ()))
    questionnaire = Questionnaire(document["id"], tuple(questions), ends=tuple(ends))
    return choose_end(questionnaire, view.answers, view.invitation.params)


def _page(locale: str, words: Words, title: str, body: str, status: int, script: str = "", footer: str = "") -> Page:
    """Put the frame around; `title`, `body`, `script` and `footer` are HTML already."""
    lang, direction = escape(locale or "en"), "rtl" if is_rtl(locale) else "ltr"
    html = (
        f'<!doctype html><html lang="{lang}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<link rel="icon" href="data:,"><title>{title or escape(words.survey)}</title><style>{CSS}</style></head>'
        f"<body><main>{body}</main>{footer}{script}</body></html>"
    )
    return Page(status, html.encode())


def _opt_out(view: HostedInvitation, words: Words) -> str:
    address = quote(view.invitation.token, safe="") + "/opt-out"
    return f'<footer><a href="{address}">{escape(words.opt_out)}</a></footer>'


def _script(view: HostedInvitation, renderer: str) -> str:
    """Hand the invitation to the renderer; `<` is escaped, so no text can end the block."""
    facts = {**msgspec.to_builtins(view.invitation), "answers": view.answers, "rev": view.rev}
    data = msgspec.json.encode(facts).decode().replace("<", "\\u003c")
    return (
        f'<script type="application/json" id="tactful-hosted">{data}</script>'
        f'<script type="module" src="../w/{quote(renderer, safe="")}/renderer.js"></script>'
    )


def _wrong(errors: Mapping[str, str], words: Words) -> str:
    """Build the line above a form that came back, leading to the first question with an error."""
    if not errors:
        return ""
    return f'<p class="wrong" role="alert"><a href="#{escape(next(iter(errors)))}-e">{escape(words.check)}</a></p>'


def _errors(problems: Iterable[Problem], questions: Iterable[Mapping[str, Any]], words: Words) -> dict[str, str]:
    """Give what stands below each question that has a problem, in the questions' order."""
    codes: dict[str, str] = {}
    for problem in problems:
        codes.setdefault(problem.path.removeprefix("answers.").split(".")[0].split("[")[0], problem.code)
    return {it["id"]: _complaint(codes[it["id"]], it, words) for it in questions if it["id"] in codes}


def _complaint(code: str, question: Mapping[str, Any], words: Words) -> str:
    fewest, most = question.get("min"), question.get("max")
    if code not in {"too_few", "too_many"} or not (fewest or most):
        return words.required if code == "required" else words.check
    if fewest and most:
        return words.choose.replace("{}", f"{fewest}" if fewest == most else f"{fewest}–{most}")
    return words.at_least.replace("{}", f"{fewest}") if fewest else words.at_most.replace("{}", f"{most}")
