"""What a simulation says of params that broke their schema: where first, what stood there, and what was meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.simulator.rejected.causes import likely_cause
from tactful_gateway.simulator.rejected.showing import show
from tests.gateway.simulator.conftest import SURVEY, Simulate

PAYMENT = ("--touchpoint", "payment")
NUMBER, DAY = {"type": "number", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
MOMENT = {"type": "string", "pattern": "^[0-9-]{10}T[0-9:]{8}Z$"}


def cause(value: Any, schema: dict[str, Any]) -> str:
    meets = schema_check(schema)
    assert not meets(value)
    return likely_cause(value, schema, meets)


def values(simulate: Simulate, text: str, *options: str, name: str = "traffic.csv") -> list[dict[str, Any]]:
    done = simulate(text, *PAYMENT, "--json", *options, name=name)
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)["rejected_values"]
    return found


def test_a_param_that_broke_its_schema_is_named_with_visits_first_line_value_and_hint(simulate: Simulate) -> None:
    text = 'at,person,order.amount\n2026-01-01,u1,5\n2026-01-03,"u\n2","12,50"\n2026-01-02,u3,"7,5"\n'
    assert values(simulate, text) == [
        {
            "touchpoint": "payment",
            "param": "order.amount",
            "visits": 2,
            "line": 3,
            "value": '"12,50"',
            "hint": "a decimal comma? write 12.50",
        }
    ]
    printed = simulate(text, *PAYMENT).stdout
    assert 'order.amount at payment: 2 visits, first on line 3: "12,50"\n    a decimal comma? write 12.50' in printed


def test_the_same_param_is_told_apart_by_touchpoint_and_summed_by_name(simulate: Simulate, survey: Path) -> None:
    (survey / "more.yaml").write_text("touchpoints: {table: {params: {order.amount: boolean}}}\n")
    text = (
        "at,person,touchpoint,order.amount\n2026-01-01,u1,table,yes\n2026-01-01,u1,payment,-1\n2026-01-01,u,table,2\n"
    )
    done = simulate(text, "--json")
    found = json.loads(done.stdout)
    assert found["rejected_params"] == {"order.amount": 3}
    told = [(it["touchpoint"], it["visits"], it["line"], it["hint"]) for it in found["rejected_values"]]
    assert told == [
        ("table", 2, 2, "a boolean is declared: write true"),
        ("payment", 1, 3, 'declared: {"type":"number","minimum":0}'),
    ]


def test_what_stood_within_the_cell_of_an_object_is_shown_alone(simulate: Simulate, survey: Path) -> None:
    (survey / "all.yaml").write_text(SURVEY.replace("params:\n", "params:\n      order: {type: object}\n", 1))
    (found,) = values(simulate, 'at,person,order\n2026-01-01,u1,"{""amount"": ""12,50""}"\n')
    assert (found["param"], found["value"], found["hint"]) == (
        "order.amount",
        '"12,50"',
        "a decimal comma? write 12.50",
    )


def test_json_lines_name_the_type_that_a_value_should_have(simulate: Simulate) -> None:
    rows = [{"order": {"amount": "12.5", "gift": 1}}, {"order.amount": 3}, {"order.tags": [1]}]
    text = "".join(json.dumps({"at": "2026-01-01", "person": "u1", **row}) + "\n" for row in rows)
    found = {it["param"]: it for it in values(simulate, text, name="traffic.jsonl")}
    assert found["order.amount"]["hint"] == "a number is declared: write 12.5 as one"
    assert (found["order.gift"]["value"], found["order.gift"]["hint"]) == ("1", "a boolean is declared: write true")
    assert (found["order.tags"]["line"], found["order.tags"]["value"]) == (3, "a list of 1 value")


def test_a_comparison_prints_them_for_the_folder_that_is_to_be(simulate: Simulate, survey: Path) -> None:
    done = simulate("at,person,order.gift\n2026-01-01,u1,yes\n", *PAYMENT, "--against", str(survey))
    assert 'order.gift at payment: 1 visit, first on line 2: "yes"' in done.stdout


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
    _, wanted, written = likely_cause(text, NUMBER, meets).partition("write ")
    for number in written.removesuffix(" as one").split(" or ") if wanted else ():
        assert meets(float(number))


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("order.contact", "ann@example.com"),
        ("order.contact", "+86 138 0013 8000"),
        ("order.card", "4111 1111 1111 1111"),
        ("order.note", "4111111111111111"),
        ("order.note", 13800138000),
        ("order.note", "https://example.com/?key=1"),
        ("order.note", "sk_live1"),
        ("order.note", "0a1b2c3d4e5f6a7b8c9d"),
        ("order.note", "x" * 41),
        ("order.api_key", "abc"),
        ("user.password", "abc"),
        ("order.list", ["a"]),
        ("order.map", {"a": "b"}),
    ],
)
def test_what_may_be_a_secret_or_an_address_is_not_shown(param: str, value: Any) -> None:
    assert show(param, value) is None


@pytest.mark.parametrize(
    "value", ["12,50", "1.234.567,50", "22.11.2026 09:30:00", "Combo", "2026-11-22T09:30:00Z", "yes"]
)
def test_what_a_hint_explains_is_shown(value: str) -> None:
    assert show("order.amount", value) == f'"{value}"'


def test_a_value_that_is_not_shown_is_not_repeated_by_its_hint_either(simulate: Simulate) -> None:
    text = "at,person,order.kind\n2026-01-01,u1,ann@example.com\n"
    (found,) = values(simulate, text)
    assert found["value"] == "a text of 15 characters"
    assert "ann" not in simulate(text, *PAYMENT).stdout
    (found,) = values(simulate, "at,person,order.kind\n2026-01-01,u1,\x1b[31mred\n")
    assert found["value"] == '"\\x1b[31mred"'
