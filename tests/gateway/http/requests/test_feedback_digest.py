"""What feedback is known again by: the same content in whatever form it is written, here and by older versions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.clock import SystemClock
from tactful_gateway.http.feedback.reading import NEAR, read_all
from tactful_gateway.ledger.commands import Feedback
from tactful_rules.model.ruleset import Ruleset

PLAIN: dict[str, Any] = {
    "source": "store",
    "id": "1",
    "touchpoint": "payment",
    "person": "u-1",
    "at": "2026-03-01T09:30:00+08:00",
}
FULL: dict[str, Any] = PLAIN | {
    "person": {"visits": 3, "id": "u-1", "tags": ["a", None, 2.5], "none": None},
    "answers": {"why": "Version 1.0 is null and void.", "rating": 4.0, "far": 1e300, "near": -0.0},
    "questionnaire": "csat",
    "scores": {"nps": 9, "csat": 4.5},
    "event_id": "order-1",
    "channel": "till",
    "locale": "zh-CN",
    "params": {"order": {"amount": 38.5, "kind": "combo"}, "a": [{"b": None, "a": 2**53 + 0.0}, True]},
}


def read(feedback: dict[str, Any]) -> Feedback:
    body = json.dumps(feedback).encode()
    read, failed = read_all([body], Ruleset(), SystemClock().now(), dry_run=False)
    assert not failed
    return read[0][0]


def digest(feedback: dict[str, Any]) -> bytes:
    return read(feedback).digest


def key(feedback: dict[str, Any]) -> bytes:
    return read(feedback).key


@pytest.mark.parametrize(
    ("feedback", "known"),
    [
        (PLAIN, "7d5c700d9bbc3bd068b00c8ed3ccedb9"),
        (FULL, "7e8e2dbdcaa98ec1da7828b9e798c246"),
        (PLAIN | {"answers": {"rating": 4, "why": "不好"}}, "933117c8d5af39229140cd3486e9dcf5"),
        (PLAIN | {"scores": {"nps": 9.0}, "answers": {"a": [1, "b"]}}, "1edbd3093c0e1b8f7248459c8ab5c405"),
    ],
)
def test_what_was_kept_by_an_older_version_is_known_again(feedback: dict[str, Any], known: str) -> None:
    assert digest(feedback).hex() == known


numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e18, 1e18) | st.sampled_from([0, -0.0, 1e15, 2.0**53])
leaves = st.none() | st.booleans() | numbers | st.sampled_from(["null", "1.0", "", "x"])


def maps(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(["a", "b", "null", "1.0", "é"]), inner, max_size=4)


values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | maps(inner), max_leaves=8)


def written_otherwise(value: Any) -> Any:
    """Give the same content in another form: the other kind of number, another order, nulls or none."""
    if isinstance(value, dict):
        said = {key: written_otherwise(part) for key, part in reversed(value.items()) if part is not None}
        return said | {"nothing": None} if len(said) == len(value) else said
    if isinstance(value, list):
        return [written_otherwise(part) for part in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) >= 2**53:
        return value
    return float(value) if isinstance(value, int) else int(value) if value.is_integer() else value


def one_form(value: Any) -> Any:
    """Give what is equal, as Python compares, for the same content alone."""
    if isinstance(value, dict):
        return {key: one_form(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [one_form(part) for part in value]
    return ("truth", value) if isinstance(value, bool) else value


@given(maps(values), maps(values))
def test_the_same_content_is_the_same_in_every_form_and_other_content_is_not(
    answers: dict[str, Any], params: dict[str, Any]
) -> None:
    said = digest(PLAIN | {"answers": answers, "params": params})
    otherwise = {"answers": written_otherwise(answers), "params": written_otherwise(params)}
    assert digest(PLAIN | otherwise) == said
    swapped = digest(PLAIN | {"answers": params, "params": answers})
    assert (swapped == said) is (one_form(answers) == one_form(params))


def test_numbers_that_follow_each_other_stand_near_each_other() -> None:
    keys = {number: key(PLAIN | {"id": f"order-{number}"}) for number in range(41_000, 42_000)}
    assert len(set(keys.values())) == len(keys)
    assert len({it[:NEAR] for it in keys.values()}) == 1
    others = [PLAIN | {"id": "order-42000"}, PLAIN | {"id": "order-41000", "source": "web"}]
    assert all(key(other)[:NEAR] != keys[41_000][:NEAR] for other in others)


words = st.text("abc1", min_size=1, max_size=5)


@given(words, words)
def test_a_key_stands_for_one_source_and_id(one: str, other: str) -> None:
    pairs = {(one, other), (other, one), (one + other, "a"), ("a", one + other), (one, one)}
    assert len({key(PLAIN | {"source": source, "id": id_}) for source, id_ in pairs}) == len(pairs)
