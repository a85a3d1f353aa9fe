"""Reads `tests`: events, histories and the decisions expected of them, kept for the check that runs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from tactful_rules.model.decision import ASKING, REASONS, SDK_REASONS
from tactful_rules.model.event import Device, Page
from tactful_rules.model.folder import InlineTest
from tactful_rules.model.policy import HistoryKind
from tactful_rules.source.reading.fields import Fields, read_fields
from tactful_rules.source.reading.report import suggest
from tactful_rules.source.reading.scalars import read_items, read_number, read_string, read_word
from tactful_rules.source.reading.times import read_instant, read_span, read_timezone
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, Sequence, describe, to_plain_dict
from tactful_rules.source.sections.context import Context

TEST_KEYS = (
    "name", "at", "params", "person", "history", "reach", "device", "page", "now", "timezone", "expect",
)  # fmt: skip
EXPECT_KEYS = ("ask", "channel", "reason", "rule", "not_before")
HISTORY_KINDS: tuple[HistoryKind, ...] = get_args(HistoryKind)
HISTORY_KEYS = (*HISTORY_KINDS, "ago", "at", "channel", "score")
STAND_IN = "an address"
"""What a test's sent channel is reached at where only its name is given."""
DECIDED = tuple(reason for reason in REASONS if reason not in SDK_REASONS)


def read_tests(context: Context, node: Sequence, rules: tuple[str, ...]) -> tuple[InlineTest, ...]:
    """Read the inline tests in file order; `rules` are the ids that may be expected."""
    return tuple(_read_test(context, item, rules) for item in node.items)


def _read_test(context: Context, node: Node, rules: tuple[str, ...]) -> InlineTest:
    report = context.report
    fields = read_fields(report, node, "a test", TEST_KEYS)
    at = context.refer(fields.require("at", "name a touchpoint"), "touchpoint", context.touchpoints)
    return InlineTest(
        name=read_string(report, fields.require("name", "say what is claimed"), "`name`") or "",
        at=at or "",
        params=_read_params(context, fields, at),
        person=_read_person(context, fields),
        history=tuple(_read_history(context, item) for item in read_items(report, fields.get("history"), "`history`")),
        reach=_read_reach(context, fields.get("reach")),
        device=_read_map(context, fields, "device", Device.__struct_fields__),
        page=_read_map(context, fields, "page", Page.__struct_fields__),
        now=read_instant(report, fields.get("now"), "`now`", context.settings.timezone),
        timezone=read_timezone(report, fields.get("timezone"), "`timezone`"),
        expect=_read_expect(context, fields, rules),
        position=node.at,
    )


def _read_map(context: Context, fields: Fields, key: str, known: tuple[str, ...] = ()) -> dict[str, Any]:
    node = fields.get(key)
    if node is None:
        return {}
    read_fields(context.report, node, f"`{key}`", known)
    return dict(to_plain_dict(node)) if isinstance(node, Mapping) else {}


def _read_params(context: Context, fields: Fields, at: str | None) -> dict[str, Any]:
    """Read params, nested or by dotted path; one that the touchpoint does not declare would be dropped in silence."""
    node = fields.get("params")
    if isinstance(node, Mapping) and at is not None:
        declared = context.touchpoints[at]
        for key, path in _undeclared(node, tuple(declared)):
            if not context.report.may_define(path):
                hint = suggest(path, declared) or "declare it under `params` of the touchpoint"
                context.report.error(key.at, "unknown_param", f"`{at}` declares no param `{path}`", hint)
    return _read_map(context, fields, "params")


def _undeclared(node: Mapping, declared: tuple[str, ...], above: str = "") -> Iterator[tuple[Scalar, str]]:
    for key, value in node.entries:
        path = above + key.text
        if path in declared:
            continue
        if isinstance(value, Mapping) and any(name.startswith(f"{path}.") for name in declared):
            yield from _undeclared(value, declared, f"{path}.")
        else:
            yield key, path


def _read_person(context: Context, fields: Fields) -> dict[str, Any]:
    node = fields.get("person")
    if isinstance(node, Scalar):
        name = read_string(context.report, node, "`person`")
        return {} if name is None else {"id": name}
    person = _read_map(context, fields, "person")
    if "id" in person and isinstance(node, Mapping):
        read_string(context.report, node.get("id"), "the person's `id`")
    return person


def _read_history(context: Context, node: Node) -> dict[str, Any]:
    report = context.report
    fields = read_fields(report, node, "an entry of `history`", HISTORY_KEYS)
    kinds = [kind for kind in HISTORY_KINDS if kind in fields]
    if len(kinds) != 1 and not fields.broken:
        message = "an entry of `history` says one thing that happened"
        report.error(node.at, "conflicting_keys", message, "write it like `{answered: payment-csat, ago: 3d}`")
    if not kinds:
        return {}
    happened: dict[str, Any] = {
        "kind": kinds[0],
        "questionnaire": context.refer(fields.get(kinds[0]), "questionnaire", context.questionnaires),
        "ago": read_span(report, fields.require("ago"), "`ago`", zero=True),
        "touchpoint": context.refer(fields.get("at"), "touchpoint", context.touchpoints),
        "channel": context.refer(fields.get("channel"), "channel", context.channels),
        "score": read_number(report, fields.get("score"), "`score`"),
    }
    return {key: value for key, value in happened.items() if value is not None}


def _read_reach(context: Context, node: Node | None) -> dict[str, bool | str] | None:
    if node is None:
        return None
    if not isinstance(node, Mapping):  # an empty list is meant: nothing is offered
        items = node.items if isinstance(node, Sequence) else (node,)
        channels = [context.refer(item, "channel", context.channels) for item in items]
        return {channel: _offered(context, channel) for channel in channels if channel is not None}
    reach: dict[str, bool | str] = {}
    for key, value in node.entries:
        channel = context.refer(key, "channel", context.channels)
        sends = channel is not None and not context.channels[channel].on_screen
        if sends and isinstance(value, Scalar) and value.value is True:
            message = f"`{channel}` sends, so it is reached at an address"
            context.report.error(value.at, "wrong_type", message, f"write the address, or `reach: [{channel}]`")
        elif isinstance(value, Scalar) and isinstance(value.value, bool | str):
            reach[channel or ""] = value.value
        else:
            message = f"`reach` says true, false or an address, not {describe(value)}"
            context.report.error(value.at, "wrong_type", message)
    return reach


def _offered(context: Context, channel: str) -> bool | str:
    return True if context.channels[channel].on_screen else STAND_IN


def _read_expect(context: Context, fields: Fields, rules: tuple[str, ...]) -> dict[str, Any]:
    report = context.report
    node = fields.require("expect", "write it like `expect: {ask: payment-csat}`")
    if node is None:
        return {}
    expect = read_fields(report, node, "`expect`", EXPECT_KEYS)
    if not expect.entries() and not expect.broken:
        report.error(node.at, "empty_value", "a test expects something", f"one of {', '.join(EXPECT_KEYS)}")
    ask = expect.get("ask")
    asked: str | bool | None
    if isinstance(ask, Scalar) and isinstance(ask.value, bool):
        asked = ask.value
    else:
        asked = context.refer(ask, "questionnaire", context.questionnaires)
    expected: dict[str, Any] = {
        "ask": asked,
        "channel": context.refer(expect.get("channel"), "channel", context.channels),
        "reason": read_word(report, expect.get("reason"), "the reason", DECIDED),
        "rule": context.refer(expect.get("rule"), "rule", rules),
        "not_before": read_instant(report, expect.get("not_before"), "`not_before`", context.settings.timezone),
    }
    reason, asks = expected["reason"], asked is not None and asked is not False
    if asked is not None and reason is not None and asks != (reason in ASKING):
        message = f"{'an ask' if asks else 'no ask'} never has the reason `{reason}`"
        report.error(expect.where("reason"), "conflicting_keys", message, "keep one of them")
    if expected["not_before"] is not None and reason not in (None, "deferred"):
        message = f"`{reason}` has no `not_before`: only what is deferred waits"
        report.error(expect.where("not_before"), "conflicting_keys", message, "keep one of them")
    return {key: value for key, value in expected.items() if value is not None}
