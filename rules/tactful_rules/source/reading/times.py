"""Reads durations, dates, instants, wall times and time zones; a date without a zone waits for the settings' one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import get_args
from zoneinfo import ZoneInfo

from tactful_rules.mistakes.dates import dates_meant
from tactful_rules.model.ids import DAY, HOUR, MINUTE, SECOND, WEEK, Instant, Span, to_instant
from tactful_rules.model.rule import Calendar, Per
from tactful_rules.source.reading.report import Report, did_you_mean
from tactful_rules.source.reading.tree import Node, Scalar, describe
from tactful_rules.tact import nearest_zone, zone_names

CALENDAR: tuple[Calendar, ...] = get_args(Calendar)
_UNITS: dict[str, Span] = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_SPAN = re.compile(r"([0-9]{1,9})([smhdw])")
_LOOSE_SPAN = re.compile(r"([0-9]+) *([a-zA-Z]+)")
_LONGEST: Span = 36_600 * DAY
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_WALL = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
DAY_HINT = "write it like `2026-12-25`"
SPAN_HINT = "write it like `90s`, `30m`, `4h`, `7d` or `2w`"
MOMENT_HINT = "write a date like `2026-11-22`, or a moment like `2026-11-22T09:30:00+08:00`"


def parse_span(text: str) -> Span | None:
    """Give `90s`, `30m`, `4h`, `7d` or `2w` in milliseconds; None for anything else, or for over 100 years."""
    found = _SPAN.fullmatch(text)
    span = int(found[1]) * _UNITS[found[2]] if found else None
    return span if span is not None and span <= _LONGEST else None


def read_span(report: Report, node: Node | None, what: str, *, zero: bool = False) -> Span | None:
    """Read a duration in milliseconds, longer than nothing unless `zero`."""
    if node is None:
        return None
    text = node.text if isinstance(node, Scalar) and isinstance(node.value, str) else ""
    span = parse_span(text)
    if span is None:
        report.error(node.at, "bad_duration", f"{what} must be a duration, not {describe(node)}", _span_hint(node))
        return None
    if span == 0 and not zero:
        report.error(node.at, "bad_duration", f"{what} must be longer than nothing", SPAN_HINT)
        return None
    return span


def respell_span(text: str) -> str | None:
    """Give a duration that is spelt another way (`1 hour`) as it is written here (`1h`); None where it is none."""
    found = _LOOSE_SPAN.fullmatch(text)
    unit = found[2][0].lower() if found else ""
    meant = f"{found[1]}{unit}" if found and not _is_month(found[2]) else ""
    return meant if parse_span(meant) else None


def _is_month(unit: str) -> bool:
    return unit == "M" or unit.lower() in {"mo", "mon", "month", "months"}  # three of them are no three minutes


def _span_hint(node: Node) -> str:
    text = node.text if isinstance(node, Scalar) else ""
    meant = respell_span(text)
    if meant is not None:
        return f"did you mean `{meant}`?"
    found = _LOOSE_SPAN.fullmatch(text)
    months = "; months differ in length, so count days" if found and _is_month(found[2]) else ""
    too_long = "; a hundred years are the longest" if _SPAN.fullmatch(text) else ""
    return SPAN_HINT + months + too_long


def read_per(report: Report, node: Node | None, what: str) -> Per | None:
    """Read a rolling window (`30d`) or a calendar unit (`day`, `week`, `month`)."""
    if isinstance(node, Scalar):
        unit: Calendar | None = next((unit for unit in CALENDAR if unit == node.text), None)
        if unit is not None:
            return unit
        if isinstance(node.value, str) and parse_span(node.text) is None:
            hint = did_you_mean(node.text, CALENDAR) or f"{SPAN_HINT}, or `day`, `week`, `month`"
            report.error(node.at, "bad_duration", f"{what} can't be {describe(node)}", hint)
            return None
    return read_span(report, node, what)


def parse_date(text: str) -> date | None:
    """Give a date written as `2026-11-22`, or None."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """Give an RFC 3339 moment with its offset, or None."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment


def read_instant(report: Report, node: Node | None, what: str, timezone: str) -> Instant | None:
    """Read a date (its first moment in `timezone`) or an RFC 3339 moment, as milliseconds since the epoch."""
    if node is None:
        return None
    text = node.text if isinstance(node, Scalar) and isinstance(node.value, str) else ""
    day = parse_date(text)
    moment = datetime.combine(day, time(), ZoneInfo(timezone)) if day else parse_moment(text)
    if moment is None or not 1970 < moment.year < 9000:
        message = f"{what} must be a date or a moment, not {describe(node)}"
        report.error(node.at, "bad_date", message, _date_hint(node, MOMENT_HINT))
        return None
    return to_instant(moment)


def read_day(report: Report, node: Node | None, what: str) -> str | None:
    """Read a date as its text `YYYY-MM-DD`."""
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, str) and parse_date(node.text):
        return node.text
    report.error(node.at, "bad_date", f"{what} must be a date, not {describe(node)}", _date_hint(node, DAY_HINT))
    return None


def _date_hint(node: Node, usual: str) -> str:
    """Say which day was meant, or that there is no such day."""
    if not isinstance(node, Scalar) or node.private:
        return usual
    text = node.text.strip()
    if (_DATE.fullmatch(text) or _MOMENT.fullmatch(text)) and parse_date(text[:10]) is None:
        return "there is no such day"
    meant = [] if ":" in text else next((written for _, written in dates_meant(text)), ())
    if not meant:
        return usual
    return f"did you mean {' or '.join(f'`{day}`' for day in meant)}?"


def read_wall_time(report: Report, node: Node | None, what: str, *, end: bool = False) -> int | None:
    """Read `21:30` as minutes of the day; `24:00` is allowed for an `end`."""
    if node is None:
        return None
    found = _WALL.fullmatch(node.text) if isinstance(node, Scalar) and isinstance(node.value, str) else None
    minutes = int(found[1]) * 60 + int(found[2]) if found else None
    if minutes is None or minutes > 1440 or (minutes == 1440 and not end):
        report.error(
            node.at, "bad_time", f"{what} must be a time of day, not {describe(node)}", "write it like `21:00`"
        )
        return None
    return minutes


def read_timezone(report: Report, node: Node | None, what: str) -> str | None:
    """Read the name of a time zone of the IANA database."""
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, str):
        if node.text in zone_names():
            return node.text
        report.error(node.at, "bad_timezone", f"`{node.text[:70]}` is no time zone", suggest_timezone(node.text))
        return None
    report.error(node.at, "bad_timezone", f"{what} must be the name of a time zone, not {describe(node)}")
    return None


def suggest_timezone(name: str) -> str:
    """Give the time zone that a wrong name comes near to, else how one is written."""
    near = nearest_zone(name)
    return f"did you mean `{near}`?" if near else "write it like `Europe/Berlin` or `Asia/Shanghai`"
