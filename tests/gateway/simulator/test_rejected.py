"""What a simulation says of params that broke their schema: where first, what stood there, and what was meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.gateway.simulator.conftest import SURVEY, Simulate

PAYMENT = ("--touchpoint", "payment")


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


def test_a_value_that_is_not_shown_is_not_repeated_by_its_hint_either(simulate: Simulate) -> None:
    text = "at,person,order.kind\n2026-01-01,u1,ann@example.com\n"
    (found,) = values(simulate, text)
    assert found["value"] == "a text of 15 characters"
    assert "ann" not in simulate(text, *PAYMENT).stdout
    (found,) = values(simulate, "at,person,order.kind\n2026-01-01,u1,\x1b[31mcombo\n")
    assert found["value"] == '"\\x1b[31mcombo"'
