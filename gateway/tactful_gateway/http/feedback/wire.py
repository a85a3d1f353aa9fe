"""What travels over HTTP when feedback is sent that was collected elsewhere, as types; all other ones are in `wire`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from tactful_gateway.http.problems import ProblemCode
from tactful_gateway.http.wire import Count, Key, Short, Time
from tactful_gateway.ledger.commands import Problem

MAX_ITEMS = 500
"""Feedbacks in a batch: more would hold up everybody else for longer than a blink."""
WITH_ID = {"required": ["id"], "properties": {"id": {"type": "string", "minLength": 1, "maxLength": 256}}}

FeedbackStatus = Literal["accepted", "duplicate", "rejected"]


class FeedbackQuery(Struct, frozen=True):
    """1 only says what would come of it."""

    dry_run: Literal["0", "1"] = "0"


class FeedbackCall(Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """One response that was collected elsewhere: `id` names it at its `source`, `at` (RFC 3339) is when it was given.

    `person` is an id, or an object with `id` and the person's traits. Answers are checked where `questionnaire` is one
    of the survey folder; else each is a text, a number, true or false, or a list of these, and `scores` says what of
    them is one. `event_id` is that of the touchpoint call which it answers.
    """

    source: Key
    id: Key
    touchpoint: Annotated[str, Meta(min_length=1, max_length=64)]
    person: Key | Annotated[dict[str, Any], Meta(extra_json_schema=WITH_ID)]
    at: Time
    answers: dict[str, Any] = {}
    questionnaire: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    scores: dict[Literal["nps", "csat", "ces"], float] = {}
    event_id: Key | None = None
    channel: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    locale: Short | None = None
    params: dict[str, Any] = {}


class FeedbackBatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Many of them; each is taken or refused by itself."""

    items: Annotated[tuple[FeedbackCall, ...], Meta(min_length=1, max_length=MAX_ITEMS)]


class FeedbackResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one: `code` and `problems` say why it is rejected, `rejected_params` what broke its schema.

    It is `unchecked` when the questionnaire that it names is none of the survey folder, so that any answer was taken.
    """

    status: FeedbackStatus
    code: ProblemCode | None = None
    problems: tuple[Problem, ...] = ()
    rejected_params: tuple[str, ...] = ()
    unchecked: bool = False


class FeedbackReceipt(Struct, frozen=True):
    """What was accepted is on disk; `results` stand in the order of the items."""

    accepted: Count
    duplicate: Count
    rejected: Count
    results: tuple[FeedbackResult, ...]
