"""The hosted page's bytes: escaping, what a form says, errors at their questions, and the policies around it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest

from tactful_gateway.http.hosted import (
    HostedInvitation,
    Page,
    notice_page,
    opt_out_page,
    parse_form,
    question_page,
    thanks_page,
)
from tactful_rules.model.decision import Invitation

EVIL = "\"'></script></textarea><script>alert(1)</script><img src=x onerror=alert(1)>"
LOW = {"kind": "test", "attribute": "score", "op": "at_most", "value": 6}
OPTIONS = [{"id": "a", "text": EVIL}, {"id": "b", "text": "B"}]
QUESTIONS: list[dict[str, Any]] = [
    {"id": "score", "type": "nps", "text": EVIL, "help": EVIL, "low": EVIL, "high": EVIL, "required": True},
    {"id": "one", "type": "single", "text": "One?", "options": OPTIONS, "other": EVIL},
    {"id": "many", "type": "multi", "text": "Many?", "options": OPTIONS, "other": EVIL, "none": EVIL},
    {"id": "why", "type": "text", "long": True, "text": "{{params.kind}}", "placeholder": EVIL, "if": LOW},
    {"id": "short", "type": "text", "text": "{{answers.why}}", "placeholder": EVIL},
]
ENDS = [{"title": "Sorry", "text": "You said {{answers.why}}", "if": LOW}, {"title": "Great"}]


class Wrong(NamedTuple):
    path: str
    code: str


class Parsed(HTMLParser):
    """Every start tag with its attributes, as a browser reads them."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if attributes.get("name") == name]


def hosted(**more: Any) -> HostedInvitation:
    questionnaire = {"id": "q", "title": EVIL, "questions": QUESTIONS, "ends": ENDS}
    invitation = Invitation(
        id="i",
        token="t.k",
        url="",
        expires_at="2099-01-01T00:00:00.000Z",
        locale="en",
        questionnaire=questionnaire,
        params={"kind": EVIL},
    )
    return HostedInvitation(invitation=invitation, **more)


def test_no_text_can_become_markup() -> None:
    answers = {"why": EVIL, "short": EVIL, "one": {"other": EVIL}, "many": [{"other": EVIL}]}
    for page in (
        question_page(hosted(answers=answers), renderer="abc"),
        question_page(hosted(), renderer="abc", given=answers, problems=[Wrong("answers.score", "required")]),
        thanks_page(hosted(answers={"score": 3, "why": EVIL}, complete=True)),
    ):
        tags = Parsed(page).tags
        scripts = [attributes for tag, attributes in tags if tag == "script"]
        assert all(script.get("src") or script.get("type") == "application/json" for script in scripts)
        assert not [tag for tag, _ in tags if tag == "img"]
        assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"]


def test_the_policy_allows_our_own_script_and_this_style_sheet_only() -> None:
    page = question_page(hosted(), renderer="abc")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]


def test_a_form_says_the_answers_the_api_takes() -> None:
    pairs = [
        ("answers.score", "0"),
        ("answers.one", "+"),
        ("other.one", " a cat "),
        ("answers.many", "b"),
        ("answers.many", "+"),
        ("other.many", "x"),
        ("answers.why", " two\r\nlines "),
        ("answers.short", "  "),
        ("answers.nonsense", "1"),
    ]
    questionnaire = hosted().invitation.questionnaire
    assert parse_form(pairs, questionnaire) == {
        "score": 0,
        "one": {"other": "a cat"},
        "many": ["b", {"other": "x"}],
        "why": "two\nlines",
    }


@pytest.mark.parametrize("text", ["", "nine", "9.5", "-1", "1" * 5000, "٣"])
def test_a_scale_without_a_number_stays_what_it_was(text: str) -> None:
    answers = parse_form([("answers.score", text)], {"questions": QUESTIONS[:1]})
    assert answers == ({"score": text} if text else {})


def test_words_of_ones_own_alone_pick_the_option_of_ones_own() -> None:
    assert parse_form([("other.one", "a cat")], {"questions": QUESTIONS[1:2]}) == {"one": {"other": "a cat"}}


def test_what_was_filled_in_wrongly_is_shown_at_its_question_and_nothing_is_lost() -> None:
    page = question_page(
        hosted(answers={"why": "old"}),
        renderer="abc",
        given={"why": "new", "many": ["b"]},
        problems=[Wrong("answers.score", "required"), Wrong("answers.many", "too_few")],
    )
    parsed = Parsed(page)
    assert page.status == 422
    assert {attributes["id"] for _, attributes in parsed.tags if attributes.get("class") == "error"} == {
        "score-e",
        "many-e",
    }
    assert [tag["value"] for tag in parsed.named("answers.many") if "checked" in tag] == ["b"]
    assert b"\nnew</textarea>" in page.body
    assert next(attributes["href"] for tag, attributes in parsed.tags if tag == "a") == "#score-e"


def test_something_else_without_a_word_comes_back_still_picked() -> None:
    questions = [{**QUESTIONS[1], "required": True}]
    given = parse_form([("answers.one", "+"), ("other.one", " ")], {"questions": questions})
    view = hosted()
    view.invitation.questionnaire["questions"] = questions
    parsed = Parsed(question_page(view, renderer=None, given=given, problems=[Wrong("answers.one", "required")]))
    assert [tag["value"] for tag in parsed.named("answers.one") if "checked" in tag] == ["+"]


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"min": 2}, "Please choose at least 2."),
        ({"max": 2}, "Please choose at most 2."),
        ({"min": 1, "max": 2}, "Please choose 1–2."),
        ({"min": 2, "max": 2}, "Please choose 2."),
        ({}, "Please check this answer."),
    ],
)
def test_a_wrong_number_of_choices_is_told_the_right_one(limits: dict[str, int], text: str) -> None:
    view = hosted()
    view.invitation.questionnaire["questions"] = [{**QUESTIONS[2], **limits}]
    page = question_page(view, renderer=None, given={}, problems=[Wrong("many", "too_few")])
    assert f'<p class="error" id="many-e">{text}</p>' in page.body.decode()


def test_without_a_script_every_question_is_there_and_none_that_branching_may_hide_is_required() -> None:
    parsed = Parsed(question_page(hosted(), renderer=None))
    assert all(parsed.named(f"answers.{question['id']}") for question in QUESTIONS)
    assert not [tag for tag, _ in parsed.tags if tag == "script"]
    assert "required" in parsed.named("answers.score")[0]
    assert "required" not in parsed.named("answers.why")[0]


@pytest.mark.parametrize(
    ("more", "said"), [({}, "If it applies to you"), ({"help": "<b>"}, "If it applies to you<br>&lt;b&gt;")]
)
def test_without_a_script_a_question_that_branching_may_hide_says_so(more: dict[str, str], said: str) -> None:
    view = hosted()
    view.invitation.questionnaire["questions"] = [QUESTIONS[0], {**QUESTIONS[3], **more}]
    page = question_page(view, renderer=None)
    assert page.body.decode().count("If it applies") == 1
    assert f'<p class="help" id="why-h">{said}</p>' in page.body.decode()
    assert Parsed(page).named("answers.why")[0]["aria-describedby"] == "why-h"


@pytest.mark.parametrize(
    ("style", "first", "last"),
    [
        ("emoji", '<span class="mark">😞</span>1</label>', '<span class="mark">😃</span>5</label>'),
        ("stars", '<span class="mark" aria-hidden="true">★</span>1</label>', "★</span>5</label>"),
        ("numbers", ">1</label>", ">5</label>"),
    ],
)
def test_without_a_script_a_scale_of_faces_still_shows_which_end_is_good(style: str, first: str, last: str) -> None:
    view = hosted()
    view.invitation.questionnaire["questions"] = [{"id": "how", "type": "csat", "text": "How?", "style": style}]
    page = question_page(view, renderer=None)
    labels = page.body.decode().split("<label>")[1:]
    assert (len(labels), first in labels[0], last in labels[4]) == (5, True, True)
    assert [tag["value"] for tag in Parsed(page).named("answers.how")] == list("12345")


@pytest.mark.parametrize(("score", "title"), [(3, "Sorry"), (9, "Great")])
def test_the_thank_you_is_the_end_that_the_answers_lead_to(score: int, title: str) -> None:
    page = thanks_page(hosted(answers={"score": score, "why": "slow"}, complete=True))
    assert f'<h1 class="big">{title}</h1>' in page.body.decode()
    assert ("You said slow" in page.body.decode()) is (score == 3)


def test_notices_follow_the_readers_language() -> None:
    assert "Ce questionnaire a expiré." in notice_page("expired", "fr-CA,en;q=0.5").body.decode()
    assert "問卷已結束。" in notice_page("closed", "zh-HK").body.decode()
    assert 'dir="rtl"' in notice_page("unknown", "ar-EG").body.decode()
    assert notice_page("unknown", "tlh").status == 404
    assert 'method="post"' in opt_out_page(hosted()).body.decode()
