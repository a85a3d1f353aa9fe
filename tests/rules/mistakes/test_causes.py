"""Why a value breaks its schema, and what to write: what is suggested meets the schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.mistakes.causes import likely_cause
from tests.rules.mistakes.meets import schema_check

NUMBER, DAY = {"type": "number", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
MOMENT = {"type": "string", "pattern": "^[0-9-]{10}T[0-9:]{8}Z$"}


def cause(value: Any, schema: dict[str, Any]) -> str:
    meets = schema_check(schema)
    assert not meets(value)
    return str(likely_cause(value, schema, meets))


@pytest.mark.parametrize(
    ("value", "schema", "hint"),
    [
        ("12,50", NUMBER, "a decimal comma? write 12.50"),
        ("1.234,5", NUMBER, "a decimal comma? write 1234.5"),
        ("1,234", NUMBER, "a comma in a number? write 1234 or 1.234"),
        ("1,234,567.5", NUMBER, "a mark between thousands? write 1234567.5"),
        ("1 234", NUMBER, "a mark between thousands? write 1234"),
        ("€ 12,50", NUMBER, "a unit beside the number? write 12.50"),
        ("35%", NUMBER, "a unit beside the number? write 35"),
        ("n/a", NUMBER, "no value? leave it empty"),
        ("-3,5", NUMBER, 'declared: {"type":"number","minimum":0}'),
        ("3,5", {"type": "integer"}, 'declared: {"type":"integer"}'),
        ("Nein", {"type": "boolean"}, "a boolean is declared: write false"),
        ("Combo", {"enum": ["combo", 7]}, "upper and lower case? write combo"),
        (" combo", {"enum": ["combo", 7]}, "spaces around it? write combo"),
        ("cmobo", {"enum": ["combo", 7]}, "did you mean combo?"),
        ("22.11.2026", DAY, "a date in another format? write 2026-11-22"),
        ("11/22/2026", DAY, "a date in another format? write 2026-11-22"),
        ("3/4/2026", DAY, "a date in another format? write 2026-04-03 or 2026-03-04"),
        ("20261122", DAY, "a date in another format? write 2026-11-22"),
        ("2026-11-22T09:30:00Z", DAY, "a date in another format? write 2026-11-22"),
        ("22.11.2026 09:30", MOMENT, "a date in another format? write 2026-11-22T09:30:00Z"),
        ("31.02.2026", DAY, f"declared: {json.dumps(DAY, separators=(',', ':'))}"),
        (5, {"type": "string"}, 'a text is declared: write "5"'),
        (0, {"type": "boolean"}, "a boolean is declared: write false"),
    ],
)
def test_a_likely_cause_comes_with_what_to_write(value: Any, schema: dict[str, Any], hint: str) -> None:
    assert cause(value, schema) == hint


@given(st.text("0123456789,.'-+ €%eE/TZ:", max_size=40))
def test_a_number_that_a_hint_wants_written_meets_the_schema(text: str) -> None:
    meets = schema_check(NUMBER)
    _, wanted, written = str(likely_cause(text, NUMBER, meets)).partition("write ")
    for number in written.removesuffix(" as one").split(" or ") if wanted else ():
        assert meets(float(number))
