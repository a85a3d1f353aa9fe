"""Instants: between datetimes, milliseconds and RFC 3339 texts nothing is lost but what is below a millisecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import example, given
from hypothesis import strategies as st

from tactful_rules.model.ids import rfc3339, to_datetime, to_instant

INSTANTS = st.integers(-62_000_000_000_000, 253_402_300_799_999)
OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(INSTANTS)
@example(-1)
@example(0)
def test_an_instant_comes_back_from_a_datetime_and_from_a_text(at: int) -> None:
    assert to_instant(to_datetime(at)) == at
    text = rfc3339(at)
    assert to_instant(datetime.fromisoformat(text)) == at
    assert (len(text), text[-1]) == (24, "Z")


@given(st.integers(-(10**12), 10**14), st.integers(0, 999), OFFSETS)
def test_less_than_a_millisecond_is_cut_off_towards_the_past(at: int, below: int, offset: timezone) -> None:
    moment = (to_datetime(at) + timedelta(microseconds=below)).astimezone(offset)
    assert to_instant(moment) == at


def test_a_text_has_always_three_decimals() -> None:
    assert rfc3339(to_instant(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))) == "2026-11-22T09:30:00.000Z"
    assert rfc3339(-1) == "1969-12-31T23:59:59.999Z"
