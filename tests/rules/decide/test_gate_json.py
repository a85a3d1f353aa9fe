"""A gate ruleset from the future: what is not understood may match, what is understood counts as ever."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.gate import Gate
from tactful_rules.gate_json import ALL, DEEPEST, FORMAT, read_gate_ruleset
from tactful_rules.model.attributes import BUILT_IN
from tactful_rules.model.condition import OPERATORS

AMOUNT = {"kind": "test", "attribute": "order.amount", "op": "at_least", "value": 30}
STRANGE: dict[str, dict[str, Any]] = {
    "operator": {"when": AMOUNT | {"op": "sounds_like"}},
    "operand": {"when": AMOUNT | {"value": {"param": "order.limit"}}},
    "kind": {"when": {"kind": "at_least_n", "n": 2, "parts": [AMOUNT]}},
    "deep kind": {"when": {"kind": "not", "part": {"kind": "all", "parts": [AMOUNT, {"kind": "none_of"}]}}},
    "field of a test": {"when": AMOUNT | {"ignore_case": True}},
    "field of a group": {"when": {"kind": "all", "parts": [AMOUNT], "quorum": 1}},
    "field of a rule": {"when": AMOUNT, "unless": {"segment": "vip"}},
    "type of a field": {"when": AMOUNT, "from": "2030-01-01"},
}


def _test(attribute: str, op: str = "is", value: object = True) -> dict[str, Any]:
    return {"kind": "test", "attribute": attribute, "op": op, "value": value}


def _deep(groups: int) -> dict[str, Any]:
    condition = _test("order.amount", value=30)
    for _ in range(groups):
        condition = {"kind": "not", "part": condition}
    return condition


STRANGE |= {
    f"attribute {name}": {"when": {"kind": "not", "part": {"kind": "any", "parts": [AMOUNT, _test(name)]}}}
    for name in ("segment.vip", "consent", "page.language", "device.model", "history.mood", "now.moon", "person")
}
STRANGE |= {
    f"{op} {value!r}": {"when": {"kind": "all", "parts": [AMOUNT, _test("order.amount", op, value)]}}
    for op, value in [
        ("is", ["a"]), ("is_not", ["a"]), ("in", "a"), ("not_in", "a"), ("at_least", "now+3d"), ("between", [1, 2, 3]),
        ("starts_with", 5), ("contains", ["a"]), ("contains_any", "a"), ("contains_all", []), ("matches", 5),
        ("exists", "sometimes"), ("before", "now+3d"), ("after", "easter"), ("version_at_least", "latest"),
        ("version_below", ["1.0"]),
    ]
}  # fmt: skip
STRANGE["depth"] = {"when": _deep(DEEPEST)}


def _ruleset(**rules: dict[str, Any]) -> dict[str, Any]:
    written = [{"id": name, "at": [name], **rule} for name, rule in rules.items()]
    params = {"order.amount": {"type": "number"}}
    return {"version": "v", "touchpoints": dict.fromkeys(rules, params), "rules": written, "more": {"of": "this"}}


def _read(ruleset: object) -> Any:
    return read_gate_ruleset(json.dumps(ruleset).encode())


@pytest.mark.parametrize("what", STRANGE)
def test_a_rule_that_is_not_understood_may_match_and_the_others_count_as_ever(what: str) -> None:
    read = _read(_ruleset(known={"when": AMOUNT}, strange=STRANGE[what], after={"when": AMOUNT}))
    assert read.not_understood == ("strange",)
    gate, small = Gate(read.ruleset), {"order.amount": 3}
    assert gate.refuses("strange", small, {}, 0) is None
    assert gate.refuses("known", small, {}, 0) == gate.refuses("after", small, {}, 0) == "no_rule"
    assert gate.refuses("known", {"order.amount": 30}, {}, 0) is None


def test_every_name_and_operator_of_ours_is_understood() -> None:
    values: dict[str, object] = {
        "in": ["a"], "not_in": [1], "contains_any": ["a"], "contains_all": [True], "between": [1, 2], "exists": False,
        "before": "2026-11-22", "after": "2026-11-22T10:00:00+08:00", "version_at_least": "2.1", "version_below": "v3",
        **dict.fromkeys(("at_least", "at_most", "more_than", "less_than"), 2.5),
    }  # fmt: skip
    names = [*BUILT_IN, "person.id", "person.plan", "order.amount"]
    when = {"kind": "any", "parts": [_test(name, op, values.get(op, "a")) for name in names for op in OPERATORS]}
    assert _read(_ruleset(known={"when": when}, deep={"when": _deep(DEEPEST - 1)})).not_understood == ()


def test_a_param_of_another_touchpoint_is_understood_and_missing() -> None:
    ruleset = _ruleset(here={"when": _test("order.amount", value=3)}) | {
        "touchpoints": {"here": {}, "there": {"order.amount": {"type": "number"}}}
    }
    read = _read(ruleset)
    assert read.not_understood == ()
    assert Gate(read.ruleset).refuses("here", {"order.amount": 3}, {}, 0) == "no_rule"


def test_the_deepest_condition_is_answered_deep_in_the_hosts_stack() -> None:
    gate = Gate(_read(_ruleset(known={"when": _deep(DEEPEST - 2)})).ruleset)

    def call(frames: int) -> object:
        return call(frames - 1) if frames else gate.refuses("known", {"order.amount": 3}, {}, 0)

    assert call(500) == "no_rule"


def test_a_format_that_is_not_understood_leaves_no_ruleset_but_its_version() -> None:
    later: list[dict[str, Any]] = [{"rules": "elsewhere"}, {"touchpoints": 5}, {}]
    for change in later:
        read = _read(_ruleset(known={"when": AMOUNT}) | {"format": FORMAT + 1} | change)
        assert (read.version, read.ruleset, read.not_understood) == ("v", None, (ALL,))


def test_what_is_understood_is_read_in_full() -> None:
    read = _read(_ruleset(known={"when": AMOUNT, "from": 5}) | {"refresh": 60})
    assert read.not_understood == ()
    assert (read.ruleset.refresh, read.ruleset.rules[0].from_, read.ruleset.format) == (60, 5, FORMAT)


@pytest.mark.parametrize(
    "garbage",
    [
        b"", b"<html>", b"[]", b"{}", b"null", b"\xff\xfe", b'{"version": "v"}', b'{"version": 5, "format": 2}',
        b'{"version": "v", "touchpoints": {}, "rules": [{"id": "x", "when": {"kind": "new"}}]}',
        b'{"version": "v", "touchpoints": {}, "rules": [5]}',
        b'{"version": "v", "touchpoints": 5, "rules": []}',
        b'{"version": "v", "rules": ' + b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_ruleset_is_refused(garbage: bytes) -> None:
    with pytest.raises(ValueError, match="not a ruleset"):
        read_gate_ruleset(garbage)


ANY_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["test", "all", "is", "order.amount", "x"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["kind", "attribute", "op", "value", "parts", "part", "zz"]), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


@given(ANY_JSON)
def test_whatever_a_condition_may_become_its_rule_is_read_and_never_dropped(when: Any) -> None:
    read = _read(_ruleset(strange={"when": when}, known={"when": AMOUNT}))
    assert [rule.id for rule in read.ruleset.rules] == ["strange", "known"]
    assert read.not_understood in ((), ("strange",))
    if read.not_understood:
        assert Gate(read.ruleset).refuses("strange", {"order.amount": 3}, {}, 0) is None
