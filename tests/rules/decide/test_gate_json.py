"""A gate ruleset from the future: what is not understood may match, what is understood counts as ever."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.gate import Gate
from tactful_rules.gate_json import ALL, FORMAT, read_gate_ruleset

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
