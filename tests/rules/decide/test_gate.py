"""The gate against the gateway: over the same call, its no must be the gateway's no."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.gate import CLOCK_SKEW, Gate
from tactful_rules.model.condition import OPERATORS, All, AnyOf, Condition, Not, Test
from tactful_rules.model.event import Device, Event, Page
from tactful_rules.model.ids import HOUR
from tactful_rules.model.person import PersonState
from tactful_rules.model.policy import DoNotDisturb
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset, gate_part
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import compile_check, read_params

NOW = 1_795_305_600_000


class Size(enum.Enum):
    SMALL = "x"


SCHEMAS: dict[str, dict[str, Any]] = {
    "kind": {"type": "string"},
    "order.amount": {"type": "number", "minimum": 0},
    "order.code": {"type": "string", "pattern": "^x"},
    "order.tags": {"type": "array", "items": {"type": "string"}},
    "any": {},
}
NAMES = [*SCHEMAS, "person.plan", "person.address.city", "person.id", "page.path", "page.title", "device.type",
         "device.os", "history.asks", "history.last_score", "now.hour", "now.weekday", "now.date"]  # fmt: skip
scalars = st.sampled_from(["x", "xy", "", "phone", "iOS", "sun", "2026-11-22", "1.2.0", 0, 1, 2.5, True, False])
operands = st.one_of(scalars, st.lists(scalars, max_size=2).map(tuple))
tests = st.builds(Test, st.sampled_from(NAMES), st.sampled_from(OPERATORS), operands).filter(
    lambda test: test.op != "matches" or isinstance(test.value, str)
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)
rules = st.builds(
    Rule,
    id=st.just("r"),
    at=st.sampled_from([("t",), ("t", "other"), ("other",)]),
    variants=st.just((Variant("q"),)),
    when=st.one_of(st.none(), conditions),
    from_=st.sampled_from([None, NOW - 1, NOW + HOUR // 2, NOW + 3 * HOUR]),
    until=st.sampled_from([None, NOW, NOW + 9 * HOUR]),
    enabled=st.booleans(),
)
ODD: list[Any] = [
    dt.datetime(2026, 11, 22, tzinfo=dt.UTC), dt.date(2026, 11, 22), decimal.Decimal("2.5"), uuid.UUID(int=1),
    Size.SMALL, math.nan, math.inf, 2**70, ("x", "y"), {"x"}, b"x", ["x", Size.SMALL], [math.nan], {"x": 1}, None,
]  # fmt: skip
values = st.one_of(scalars, st.integers(0, len(ODD) - 1).map(lambda index: ODD[index]), st.just(["x", "y"]))
orders = st.one_of(st.dictionaries(st.sampled_from(["amount", "code", "tags", 1, "x"]), values, max_size=3), values)
params = st.dictionaries(st.sampled_from(["kind", "order.amount", "any", 5]), values, max_size=3).flatmap(
    lambda flat: st.one_of(st.just(flat), orders.map(lambda order: {**flat, "order": order}))
)
traits = st.dictionaries(st.sampled_from(["plan", "id", "address"]), st.one_of(values, st.just({"city": "x"})))
texts = st.sampled_from(["x", "xy", "", "phone", "iOS", None])
pages = st.one_of(st.none(), st.dictionaries(st.sampled_from(["path", "title"]), texts))
devices = st.one_of(st.none(), st.dictionaries(st.sampled_from(["type", "os"]), texts))


def check(schema: dict[str, Any]) -> Callable[[Any], bool]:
    def meets(value: Any) -> bool:
        verdict = compile_check(schema)(value)
        return Draft202012Validator(schema).is_valid(value) if verdict is None else verdict

    return meets


def over_the_wire(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def gateways_event(call: dict[str, Any], parsed: Device) -> Event:
    """Build the event as the gateway does from the JSON of a call; `parsed` is what it makes of the user agent."""
    body = over_the_wire(call)
    touchpoint = Touchpoint("t", params=SCHEMAS)
    values, rejected = read_params(touchpoint, body["params"], check)
    device = body["device"] or {}
    return Event(
        touchpoint="t",
        person="u",
        event_id="e",
        params=values,
        rejected_params=rejected,
        traits={key: value for key, value in body["traits"].items() if key != "id" and value is not None},
        page=Page(**(body["page"] or {})),
        device=Device(type=device.get("type") or parsed.type, os=device.get("os") or parsed.os),
    )


@given(
    st.lists(rules, max_size=3),
    st.fixed_dictionaries({"params": params, "traits": traits, "page": pages, "device": devices}),
    st.builds(PersonState, asks=st.integers(0, 2), last_score=st.sampled_from([None, 0.0, 1.0])),
    st.sampled_from([Device(), Device(type="phone", os="iOS")]),
    st.integers(-CLOCK_SKEW, CLOCK_SKEW),
)
def test_when_the_gate_refuses_the_gateway_does_not_ask(
    some: list[Rule], call: dict[str, Any], state: PersonState, parsed: Device, skew: int
) -> None:
    ruleset = Ruleset(
        touchpoints={"t": Touchpoint("t", params=SCHEMAS)},
        rules=tuple(some),
        channels={"web": Channel("web", "widget")},
        do_not_disturb=DoNotDisturb(),
    )
    try:
        event = gateways_event(call, parsed)
    except (TypeError, msgspec.MsgspecError, OverflowError):  # JSON can't carry it, so nobody is asked
        return
    found = decide(CompiledRuleset(ruleset, regex=re2.compile), event, state, {}, NOW)
    refused = Gate(gate_part(ruleset)).refuses(
        "t", call["params"], call["traits"], NOW + skew, page=call["page"], device=call["device"]
    )
    if refused is not None:
        assert found.reason == refused == "no_rule"


def gate(when: Condition | None = None, **changes: Any) -> Gate:
    rule = Rule(**{"id": "r", "at": ("t",), "variants": (Variant("q"),), "when": when, **changes})
    return Gate(gate_part(Ruleset(touchpoints={"t": Touchpoint("t", params=SCHEMAS)}, rules=(rule,))))


def refuses(when: Condition | None = None, **call: Any) -> str | None:
    whole = {"params": {}, "traits": {}, **call}
    return gate(when).refuses("t", whole.pop("params"), whole.pop("traits"), NOW, **whole)


def test_an_unknown_touchpoint_is_refused_for_good() -> None:
    assert gate().refuses("nope", {}, {}, NOW) == "unknown_touchpoint"


def test_a_touchpoint_without_rules_is_refused() -> None:
    assert gate(at=("other",)).refuses("t", {}, {}, NOW) == "no_rule"
    assert gate(enabled=False).refuses("t", {}, {}, NOW) == "no_rule"


def test_a_rule_without_conditions_may_match() -> None:
    assert refuses() is None


@pytest.mark.parametrize(
    "params", [{"order": {"amount": 12}}, {"order.amount": 12}, {}, None, {"order": {"amount": "40"}}]
)
def test_params_that_can_not_match_are_refused_nested_and_flat(params: dict[str, Any] | None) -> None:
    assert refuses(Test("order.amount", "at_least", 30), params=params) == "no_rule"


def test_params_that_match_may_be_asked() -> None:
    assert refuses(Test("order.amount", "at_least", 30), params={"order": {"amount": 30}}) is None


def test_a_param_that_breaks_its_schema_is_missing() -> None:
    assert refuses(Test("order.amount", "less_than", 30), params={"order.amount": -1}) == "no_rule"
    assert refuses(Test("order.amount", "exists", False), params={"order.amount": -1}) is None


def test_a_schema_that_the_sdk_can_not_judge_leaves_it_open() -> None:
    assert refuses(Test("order.code", "is", "abc"), params={"order.code": "xyz"}) is None


@pytest.mark.parametrize("name", ["person.plan", "person.id", "device.type", "history.asks", "now.hour"])
def test_what_only_the_gateway_knows_leaves_it_open(name: str) -> None:
    assert refuses(Test(name, "is", "x")) is None
    assert refuses(Not(Test(name, "is", "x"))) is None
    assert refuses(Test(name, "exists", True)) is None


def test_what_was_supplied_is_final() -> None:
    assert refuses(Test("person.plan", "is", "pro"), traits={"plan": "free"}) == "no_rule"
    assert refuses(Test("person.address.city", "is", "上海"), traits={"address": {"city": "北京"}}) == "no_rule"
    assert refuses(Test("device.type", "is", "phone"), device={"type": "desktop"}) == "no_rule"
    assert refuses(Test("page.path", "is", "/menu"), page={"path": "/"}) == "no_rule"
    assert refuses(Test("page.path", "exists", True)) == "no_rule"


def test_a_user_agent_leaves_the_device_open() -> None:
    assert refuses(Test("device.type", "is", "phone"), device={"user_agent": "Mozilla/5.0"}) is None


def test_matches_is_left_to_the_gateway() -> None:
    assert refuses(Test("kind", "matches", "^a"), params={"kind": "b"}) is None


def test_an_unknown_that_the_gateway_could_resolve_keeps_a_group_open() -> None:
    never, maybe = Test("kind", "is", "x"), Test("history.asks", "is", 0)
    assert refuses(All((never, maybe)), params={"kind": "y"}) == "no_rule"
    assert refuses(AnyOf((never, maybe)), params={"kind": "y"}) is None
    assert refuses(Not(All((never, maybe))), params={"kind": "y"}) is None
    assert refuses(Not(AnyOf((Not(never), maybe))), params={"kind": "y"}) == "no_rule"


@pytest.mark.parametrize("value", ODD[:-1], ids=repr)
def test_a_value_that_json_changes_on_its_way_leaves_it_open(value: Any) -> None:
    assert refuses(Test("any", "is", "x"), params={"any": value}) is None
    assert refuses(Test("person.plan", "is", "x"), traits={"plan": value}) is None


def test_a_key_that_json_turns_into_text_leaves_it_open() -> None:
    ruleset = Ruleset(
        touchpoints={"t": Touchpoint("t", params={"5": {}})},
        rules=(Rule(id="r", at=("t",), variants=(Variant("q"),), when=Test("5", "is", "x")),),
    )
    assert Gate(gate_part(ruleset)).refuses("t", {5: "x"}, {}, NOW) is None  # type: ignore[dict-item]  # the point


def test_a_key_that_json_turns_into_one_that_is_there_leaves_it_open() -> None:
    """Both keys are on the wire, and the gateway takes the last."""
    twice: dict[Any, Any] = {"plan": "y", "1": "y", 1: "x"}
    assert refuses(Test("person.1", "is", "x"), traits=twice) is None
    assert refuses(Test("person.1.2", "is", "x"), traits={"1": {"2": "y", 2: "x"}}) is None
    ruleset = Ruleset(
        touchpoints={"t": Touchpoint("t", params={"1": {}})},
        rules=(Rule(id="r", at=("t",), variants=(Variant("q"),), when=Test("1", "is", "x")),),
    )
    assert Gate(gate_part(ruleset)).refuses("t", twice, {}, NOW) is None


def test_a_name_that_only_a_later_gateway_knows_leaves_it_open() -> None:
    assert refuses(Test("page.nope", "exists", False), page={"nope": "x"}) is None
    assert refuses(Test("page.language", "is", "de")) is None


def test_the_edges_of_a_rules_time_are_judged_with_an_hour_to_spare() -> None:
    assert gate(from_=NOW + HOUR).refuses("t", {}, {}, NOW) is None
    assert gate(from_=NOW + HOUR + 1).refuses("t", {}, {}, NOW) == "no_rule"
    assert gate(until=NOW - HOUR + 1).refuses("t", {}, {}, NOW) is None
    assert gate(until=NOW - HOUR).refuses("t", {}, {}, NOW) == "no_rule"
