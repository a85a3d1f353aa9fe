"""Reads `do_not_disturb`; what is written replaces the default policy wholly."""

from __future__ import annotations

import re
from typing import get_args

from tactful_rules.model.policy import (
    Cap,
    DoNotDisturb,
    HistoryKind,
    Holidays,
    Pause,
    QuietAction,
    QuietHours,
    Same,
    Weekday,
)
from tactful_rules.source.reading.fields import read_fields
from tactful_rules.source.reading.scalars import read_count, read_items, read_list, read_string, read_word, read_words
from tactful_rules.source.reading.times import read_day, read_per, read_span, read_wall_time
from tactful_rules.source.reading.tree import Mapping, Node, Sequence
from tactful_rules.source.sections.context import Context

POLICY_KEYS = ("pauses", "caps", "quiet_hours", "holidays")
PAUSE_KEYS = ("after", "for", "same", "on")
CAP_KEYS = ("at_most", "per", "same", "on")
QUIET_KEYS = ("from", "to", "days", "on", "then")
HOLIDAY_KEYS = ("calendar", "dates", "on", "then")
HISTORY_KINDS: tuple[HistoryKind, ...] = get_args(HistoryKind)
SAMES: tuple[Same, ...] = get_args(Same)
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
QUIET_ACTIONS: tuple[QuietAction, ...] = get_args(QuietAction)
_CALENDAR = re.compile(r"[A-Z]{2}(-\w[\w ]{0,40})?")
_CALENDAR_HINT = "write a country like `CN`, or a part of one like `DE-BY`"


def read_policy(context: Context, node: Node) -> DoNotDisturb:
    """Read the whole policy; what is not written does not hold."""
    report = context.report
    fields = read_fields(report, node, "`do_not_disturb`", POLICY_KEYS)
    pauses = [_read_pause(context, item) for item in read_items(report, fields.get("pauses"), "`pauses`")]
    caps = [_read_cap(context, item) for item in read_items(report, fields.get("caps"), "`caps`")]
    written = fields.get("quiet_hours")
    none = isinstance(written, Sequence) and not written.items  # who writes that means it
    quiet = [_read_quiet(context, it) for it in (() if none else read_items(report, written, "`quiet_hours`"))]
    holidays = [_read_holidays(context, item) for item in _one_or_more(context, fields.get("holidays"))]
    return DoNotDisturb(
        tuple(pause for pause in pauses if pause is not None),
        tuple(cap for cap in caps if cap is not None),
        tuple(hours for hours in quiet if hours is not None),
        tuple(holidays),
    )


def _one_or_more(context: Context, node: Node | None) -> tuple[Node, ...]:
    return (node,) if isinstance(node, Mapping) else read_items(context.report, node, "`holidays`")


def _read_pause(context: Context, node: Node) -> Pause | None:
    report = context.report
    fields = read_fields(report, node, "a pause", PAUSE_KEYS)
    after = read_word(report, fields.require("after"), "`after`", HISTORY_KINDS)
    span = read_span(report, fields.require("for"), "`for`")
    same = read_word(report, fields.get("same"), "`same`", SAMES)
    on = context.refer_all(fields.get("on"), "channel", context.channels)
    return None if after is None or span is None else Pause(after, span, same, on)


def _read_cap(context: Context, node: Node) -> Cap | None:
    report = context.report
    fields = read_fields(report, node, "a cap", CAP_KEYS)
    at_most = read_count(report, fields.require("at_most"), "`at_most`", least=0)
    per = read_per(report, fields.require("per"), "`per`")
    same = read_word(report, fields.get("same"), "`same`", SAMES)
    on = context.refer_all(fields.get("on"), "channel", context.channels)
    return None if at_most is None or per is None else Cap(at_most, per, same, on)


def _read_quiet(context: Context, node: Node) -> QuietHours | None:
    report = context.report
    fields = read_fields(report, node, "quiet hours", QUIET_KEYS)
    start = read_wall_time(report, fields.require("from"), "`from`")
    end = read_wall_time(report, fields.require("to"), "`to`", end=True)
    days = read_words(report, fields.get("days"), "a day", WEEKDAYS)
    on = context.refer_all(fields.get("on"), "channel", context.channels)
    then = read_word(report, fields.get("then"), "`then`", QUIET_ACTIONS) or "wait"
    if start is None or end is None:
        return None
    if start == end:
        message = "quiet hours that end when they begin are no time at all"
        report.error(fields.where("to"), "bad_range", message, 'write `from: "00:00", to: "24:00"` for the whole day')
    return QuietHours(start, end, days, on, then)


def _read_calendar(context: Context, node: Node | None) -> str | None:
    """Read a country like `CN`, or a part of one like `DE-BY`; a name gets the code that was meant as a hint."""
    code = read_string(context.report, node, "`calendar`")
    if code is None or node is None:
        return None
    if context.check_calendar is not None:
        wrong = context.check_calendar(code)
    else:
        wrong = None if _CALENDAR.fullmatch(code) else (f"`{code}` is no calendar", _CALENDAR_HINT)
    if wrong is not None:
        context.report.error(node.at, "bad_calendar", *wrong)
    return code


def _read_holidays(context: Context, node: Node) -> Holidays:
    report = context.report
    fields = read_fields(report, node, "`holidays`", HOLIDAY_KEYS)
    calendar = _read_calendar(context, fields.get("calendar"))
    if "calendar" not in fields and "dates" not in fields and not fields.broken:
        report.error(fields.at, "missing_key", "holidays need a `calendar` or `dates`")
    dates = [read_day(report, item, "a holiday") for item in read_list(report, fields.get("dates"), "`dates`")]
    on = context.refer_all(fields.get("on"), "channel", context.channels)
    then = read_word(report, fields.get("then"), "`then`", QUIET_ACTIONS) or "wait"
    return Holidays(calendar, tuple(day for day in dates if day is not None), on, then)
