"""What of a value that broke its schema is repeated: what a suggestion rewrites, and plain numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.mistakes.telling import describe, tell
from tests.rules.mistakes.meets import schema_check

NUMBER, KIND = {"type": "number", "maximum": 1}, {"enum": ["combo", "a-la-carte"]}
DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
TEXT, FLAG, LETTERS = {"type": "string"}, {"type": "boolean"}, {"type": "string", "pattern": "^[a-z]+$"}


def told(param: str, value: Any, schema: dict[str, Any]) -> tuple[str, str]:
    value, cause = tell(param, value, schema, schema_check(schema))
    return value, str(cause)


@pytest.mark.parametrize("schema", [NUMBER, KIND, DAY, FLAG, LETTERS], ids=str)
@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("order.contact", "ann@example.com"),
        ("order.contact", "+86 138 0013 8000"),
        ("order.contact", "555-0123"),
        ("order.note", "078-05-1120"),
        ("order.note", "078 05 1120"),
        ("order.note", "078.05.1120"),
        ("order.note", "078051120"),
        ("order.note", 78051120),
        ("order.note", "046 454 286"),
        ("order.note", "046.454.286"),
        ("order.note", "010180-1234"),
        ("order.note", "QQ123456C"),
        ("order.note", "C 1234567"),
        ("order.note", "1234 5678 9012"),
        ("order.note", "192.168.1.10"),
        ("order.note", "52.520008,13.404954"),
        ("order.note", "Ann Lee"),
        ("order.note", " Ann Lee"),
        ("order.card", "4111 1111 1111 1111"),
        ("order.note", "4111111111111111"),
        ("order.note", 13800138000),
        ("order.note", "https://example.com/?key=1"),
        ("order.note", "sk_live1"),
        ("order.note", "0a1b2c3d4e5f6a7b8c9d"),
        ("order.note", "x" * 41),
        ("order.api_key", "1,5"),
        ("user.password", "1,5"),
        ("user.ssn", "1,5"),
        ("user.birthday", "22.11.1980"),
        ("user.pin", "1 234"),
        ("order.list", ["a"]),
        ("order.map", {"a": "b"}),
    ],
)
def test_what_may_be_anybody_s_is_described_and_no_hint_repeats_it(
    param: str, value: Any, schema: dict[str, Any]
) -> None:
    shown, hint = told(param, value, schema)
    assert shown == describe(value)
    assert hint.startswith("declared: ") or hint == "spaces around it? write it without them"


@pytest.mark.parametrize(
    ("value", "schema", "hint"),
    [
        ("0,50", NUMBER, "a decimal comma? write 0.50"),
        ("1.234.567,50", {"type": "number"}, "a decimal comma? write 1234567.50"),
        ("22.11.2026", DAY, "a date in another format? write 2026-11-22"),
        ("2026-11-22T09:30:00Z", DAY, "a date in another format? write 2026-11-22"),
        ("Combo", KIND, "upper and lower case? write combo"),
        (" combo", KIND, "spaces around it? write combo"),
        ("cmobo", KIND, "did you mean combo?"),
        ("yes", FLAG, "a boolean is declared: write true"),
        ("n/a", NUMBER, "no value? leave it empty"),
        ("-1 234,5", {"type": "number", "minimum": 0}, 'declared: {"type":"number","minimum":0}'),
        ("3", NUMBER, 'declared: {"type":"number","maximum":1}'),
    ],
)
def test_what_a_hint_explains_is_shown(value: str, schema: dict[str, Any], hint: str) -> None:
    assert told("order.amount", value, schema) == (f'"{value}"', hint)


def test_a_number_that_is_out_of_bounds_is_shown() -> None:
    assert told("order.amount", -3, {"type": "number", "minimum": 0})[0] == "-3"
    assert told("order.note", 5, TEXT) == ("5", 'a text is declared: write "5"')


SSN = r"[0-8][0-9]{2}[- .]?[0-9]{2}[- .]?[0-9]{4}"


@given(st.from_regex(SSN, fullmatch=True), st.sampled_from([NUMBER, KIND, DAY]))
def test_no_social_security_number_is_repeated(number: str, schema: dict[str, Any]) -> None:
    shown, hint = told("order.note", number, schema)
    assert (shown, hint.startswith("declared: ")) == (f"a text of {len(number)} characters", True)
