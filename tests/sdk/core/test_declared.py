"""Reading declared params: over any params, what the plain way finds in what comes off the wire."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
from collections import UserDict
from typing import Any

import msgspec
import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tactful.core.event.declared import Declared
from tactful_rules.conditions import ANYTHING, find
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.gate import Gate
from tactful_rules.model.event import Device
from tactful_rules.model.person import PersonState
from tactful_rules.model.policy import DoNotDisturb
from tactful_rules.model.rule import Rule
from tactful_rules.model.ruleset import Channel, Ruleset, gate_part
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import compile_check
from tests.rules.decide.test_gate import NOW, gateways_event
from tests.rules.decide.test_gate import SCHEMAS as GATE_SCHEMAS
from tests.rules.decide.test_gate import params as gate_params
from tests.rules.decide.test_gate import rules as gate_rules


class Word(enum.StrEnum):
    KIND = "kind"


SCHEMAS: dict[str, dict[str, Any]] = {
    "kind": {"type": "string"},
    "paid": {"type": "boolean", "title": "Was it paid?"},
    "order.amount": {"type": "number", "minimum": 0, "maximum": 5},
    "order.count": {"type": "integer", "minimum": 1},
    "order.code": {"type": "string", "enum": ["x", "y"]},
    "order.share": {"type": ["number", "null"], "multipleOf": 0.5},
    "tags": {"type": "array", "items": {"type": "string"}},
    "whole": {"type": "object"},
    "whole.part": {"type": "number"},
    "a.b.c": {"type": "number", "exclusiveMaximum": 5},
    "5": {},
    "either": {"type": ["string", "integer"], "minimum": 1},
}
ODD: list[Any] = [decimal.Decimal(2), dt.date(2026, 11, 22), Word.KIND, math.nan, math.inf, 2**63, 2**70, 1e300,
                  ("x",), UserDict(amount=1), [math.nan]]  # fmt: skip
values = st.one_of(
    st.sampled_from(["x", "", 0, 1, 2.0, 2.5, -1, 6, True, False, None, ["x"], [1], {}, {"part": 1}, {"c": 2}]),
    st.integers(0, len(ODD) - 1).map(lambda index: ODD[index]),
)
inner = st.dictionaries(st.sampled_from(["amount", "count", "code", "share", "part", "b", "zz", 5, "a.b"]), values)
params = st.dictionaries(
    st.sampled_from([*SCHEMAS, "order", "a", "zz", 5, Word.KIND]),
    st.one_of(values, inner, st.dictionaries(st.just("b"), st.one_of(values, inner))),
    max_size=6,
)


def _plain_way(call: dict[str, Any]) -> tuple[dict[str, Any], dict[str, float], tuple[str, ...]]:
    found = {path: value for path in SCHEMAS if (value := find(call, path)) is not None}
    verdicts = {path: compile_check(SCHEMAS[path])(value) for path, value in found.items()}
    numeric = ("order.amount", "order.count", "order.share", "whole.part", "a.b.c", "either")
    numbers = {path: found[path] for path in numeric if verdicts.get(path, False) is not False}
    good = {
        path: value if verdicts[path] and _is_simple(value) else ANYTHING
        for path, value in found.items()
        if verdicts[path] is not False
    }
    numbers = {path: value for path, value in numbers.items() if isinstance(value, int | float)}
    return good, numbers, tuple(path for path in found if path not in good)


def _is_simple(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_simple, value))
    return isinstance(value, str) or (isinstance(value, int | float) and abs(value) <= 1e18)


@given(params)
def test_what_is_read_is_what_the_plain_way_finds_in_what_the_gateway_receives(call: dict[Any, Any]) -> None:
    declared = Declared("t", SCHEMAS)
    raw = declared.read(call)
    try:
        wire = msgspec.json.decode(msgspec.json.encode(call, enc_hook=dict))
    except (msgspec.MsgspecError, OverflowError, TypeError):
        assert not raw.plain or not _is_declared(call)
        return
    read = declared.read(wire)
    assert (read.values, read.numbers, read.rejected) == _plain_way(wire)
    if raw.plain:
        assert (raw.values, raw.numbers, raw.rejected) == (read.values, read.numbers, read.rejected)
        assert all(type(raw.values[path]) is type(value) for path, value in read.values.items())
        assert set(raw.strangers) >= set(read.strangers)  # what has no form in JSON is said, too


def _is_declared(call: dict[Any, Any]) -> bool:
    """Tell whether a value that JSON can't carry stands where a declared param is read."""
    return any(find(call, path) == 2**70 for path in SCHEMAS)


@given(st.lists(gate_rules, max_size=3), gate_params)
def test_when_the_gate_refuses_with_the_params_read_here_the_gateway_does_not_ask(
    rules: list[Rule], params: dict[str, Any]
) -> None:
    ruleset = Ruleset(
        touchpoints={"t": Touchpoint("t", params=GATE_SCHEMAS)},
        rules=tuple(rules),
        channels={"web": Channel("web", "widget")},
        do_not_disturb=DoNotDisturb(),
    )
    gate, declared = Gate(gate_part(ruleset)), Declared("t", GATE_SCHEMAS)
    raw = declared.read(params)
    try:
        wire = msgspec.json.decode(msgspec.json.encode(params))
    except (msgspec.MsgspecError, OverflowError, TypeError):  # JSON can't carry it, so nobody is asked
        return
    refused = gate.refuses("t", declared.read(wire).values, {}, NOW, read=True)
    if raw.plain:
        assert gate.refuses("t", raw.values, {}, NOW, read=True) == refused
    if refused is None:
        assert gate.refuses("t", wire, {}, NOW) is None
    else:
        event = gateways_event({"params": params, "traits": {}, "page": None, "device": None}, Device())
        assert decide(CompiledRuleset(ruleset, regex=re2.compile), event, PersonState(), {}, NOW).reason == refused


def test_strangers_are_named_wherever_they_hide() -> None:
    declared = Declared("t", {"a.b.c": {}, "order.amount": {"type": "number"}, "all": {"type": "object"}})
    call = {"a": {"b": {"c": 1, "d": 2}, "x": 3}, "order": {"amount": 1, "amout": 2}, "all": {"of": "it"}, "zz": 0}
    assert declared.read(call).strangers == ("a.b.d", "a.x", "order.amout", "zz")
    assert declared.read({"order": 5, "all": {}, "none": None}).strangers == ("order",)
    assert declared.read({"order": {"amount": 1}, "order.amount": 2}).values == {"order.amount": 2}


def test_a_broken_number_is_rejected_when_a_whole_one_is_declared() -> None:
    reading = Declared("t", SCHEMAS).read({"order.count": 2.5, "order.amount": 2})
    assert (reading.values, reading.rejected) == ({"order.amount": 2}, ("order.count",))


def test_a_map_that_is_a_param_itself_is_read_beside_what_is_in_it() -> None:
    declared = Declared("t", SCHEMAS)
    assert declared.read({"whole": {}}).values == {"whole": ANYTHING}
    assert declared.read({"whole": {"part": 1}}).values == {"whole": ANYTHING, "whole.part": 1}


def test_a_stand_ins_ruleset_has_no_strangers() -> None:
    reading = Declared("t", {"*": {}}).read({"anything": {"goes": object()}})
    assert (reading.values, reading.strangers, reading.plain) == ({}, (), True)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_value_that_json_changes_is_not_plain(odd: Any) -> None:
    assert not Declared("t", SCHEMAS).read({"kind": odd}).plain
