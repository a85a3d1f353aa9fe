"""Operators meet whatever a host application may put into an event; the plain cases are in `rules/spec`."""

from __future__ import annotations

import enum
import math
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.conditions import compile_condition, explain
from tactful_rules.conditions.values import read_moment, read_version
from tactful_rules.model.condition import OPERATORS, Operand, Operator, Test


class Colour(enum.Enum):
    RED = "red"


class Shout(enum.StrEnum):
    RED = "red"


class Hostile:
    """Fails at whatever is done to it."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError


class HostileText(str):
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = str.__hash__


ODD: list[Any] = [
    datetime(2026, 11, 22, tzinfo=UTC),
    datetime(2026, 11, 22),  # noqa: DTZ001 - a naive one is the point
    date(2026, 11, 22),
    timedelta(days=1),
    Decimal(5),
    uuid.UUID(int=5),
    Colour.RED,
    Shout.RED,
    {"a", 1},
    frozenset({"a"}),
    {"a": {"b": []}},
    [[], {}, set()],
    [Hostile()],
    Hostile(),
    HostileText("a"),
    object(),
    10**5000,
    -(10**400),
    math.nan,
    math.inf,
    -math.inf,
    b"bytes",
    5 + 2j,
    "\ud800",
    "9" * 5000,
    "1." + "9" * 100 + ".0",
    "2026-11-22T10:00:60Z",
    "0000-01-01",
    "9999-12-31T23:59:60-23:59",
    "٣٠",
    len,
    range(3),
    iter([]),
]
OPERANDS: list[Operand] = [
    "a",
    "",
    5,
    5.5,
    math.nan,
    True,
    10**400,
    "2026-11-22",
    "2026-11-22T10:00:00Z",
    "1.2.3",
    (),
    ("a", 5, True),
    (1, 2),
    (math.nan, 1),
    ("a", "b", "c"),
]


def verdict(op: Operator, operand: Operand, value: object) -> bool | None:
    return compile_condition(Test("x", op, operand), re2.compile)({"x": value}.get)


@pytest.mark.parametrize("op", OPERATORS)
def test_no_value_and_no_operand_makes_an_operator_raise(op: Operator) -> None:
    for operand in OPERANDS:
        for value in ODD:
            assert verdict(op, operand, value) in (True, False, None)
            explain(Test("x", op, operand), {"x": value}.get, re2.compile)


@pytest.mark.parametrize("value", [Decimal(5), Colour.RED, uuid.UUID(int=5), object(), {"a": 1}, math.nan, 5 + 0j])
@pytest.mark.parametrize("op", sorted(set(OPERATORS) - {"exists"}))
def test_a_value_of_a_type_that_json_lacks_is_unknown(op: Operator, value: object) -> None:
    assert verdict(op, (4, 6) if op == "between" else 5, value) is None


def test_nan_is_neither_equal_nor_different_nor_ordered() -> None:
    for op in ("is", "is_not", "at_least", "at_most", "more_than", "less_than"):
        assert verdict(op, 5, math.nan) is None
        assert verdict(op, math.nan, 5) is None
        assert verdict(op, math.nan, math.nan) is None
    assert verdict("contains", math.nan, [math.nan]) is False


def test_a_lone_surrogate_is_unknown_to_matches_instead_of_an_error() -> None:
    assert verdict("matches", "a", "\ud800") is None


def test_matches_runs_in_linear_time() -> None:
    assert verdict("matches", "^(a+)+$", "a" * 50_000 + "b") is False


def test_a_set_is_a_list_of_members() -> None:
    assert verdict("contains", "a", {"a", 1}) is True
    assert verdict("contains_all", ("a", "b"), frozenset({"a"})) is False


@pytest.mark.parametrize(
    ("value", "before"),
    [
        (date(2026, 11, 21), True),
        (date(2026, 11, 22), False),
        (datetime(2026, 11, 21, 23, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 22, 7, 59, tzinfo=timezone(timedelta(hours=8))), True),
        (datetime(2026, 11, 22, tzinfo=UTC), False),
        (datetime(2026, 11, 21), None),  # noqa: DTZ001 - a naive one is the point
    ],
)
def test_dates_and_aware_datetimes_of_the_host_count_as_moments(value: date, before: bool | None) -> None:
    assert verdict("before", "2026-11-22", value) is before


def test_a_leap_second_is_the_instant_after_the_59th() -> None:
    assert read_moment("2016-12-31T23:59:60Z") == read_moment("2017-01-01T00:00:00Z")


@given(st.datetimes(timezones=st.timezones()))
def test_a_written_moment_is_the_moment_itself(moment: datetime) -> None:
    offset = moment.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60 == 0:
        assert read_moment(moment.isoformat()) == read_moment(moment)


@given(st.text(alphabet="0123456789-:TtZz+. ", max_size=30))
def test_no_text_makes_reading_a_moment_raise(text: str) -> None:
    read_moment(text)


SEMVER_ORDER = [
    "0.9.9", "1.0.0-0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
    "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0", "1.10.0", "1.11.0", "2.0.0", "10.0.0",
]  # fmt: skip


def test_versions_have_the_precedence_of_semver() -> None:
    keys = [read_version(text) for text in SEMVER_ORDER]
    assert None not in keys
    assert keys == sorted(keys)  # type: ignore[type-var]  # none of them is None
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "text", ["", "v", "1.2.3.4", "1.2.x", "1..2", "1.2.3-", "1.2.3-a..b", "1.2.3+", " 1.2.3", "٣.0.0"]
)
def test_what_is_no_version_is_unknown(text: str) -> None:
    assert read_version(text) is None


PAIRS: list[tuple[Operator, Operator]] = [("is", "is_not"), ("in", "not_in"), ("version_at_least", "version_below")]


@pytest.mark.parametrize(("positive", "negative"), PAIRS)
def test_the_negative_operators_are_the_negation_and_keep_unknown(positive: Operator, negative: Operator) -> None:
    for operand in OPERANDS:
        for value in [*ODD, *OPERANDS]:
            found = verdict(positive, operand, value)
            assert verdict(negative, operand, value) is (None if found is None else not found)


def test_explain_shows_every_test_with_its_value() -> None:
    shown = explain(Test("order.amount", "at_least", 30), {"order.amount": 12}.get)
    assert [str(result) for result in shown] == ["order.amount is 12, so `at_least 30` is false"]
    assert str(explain(Test("a", "in", ("x", "y")), {}.get)[0]) == "a is missing, so `in ['x', 'y']` is unknown"
