"""When the ruleset is looked at again, and what a look keeps or replaces: the cache alone, time being an argument."""

from __future__ import annotations

from inspect import signature

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful import AsyncTactful, Tactful
from tactful.core.rules import FIRST_RETRY, LONGEST_REFRESH, RulesetCache
from tactful.transport import Response

JITTER = st.floats(0, 1, exclude_max=True)
SECONDS = st.floats(0.1, 7200)


def _ruleset(version: str = "v1", refresh: float = 15, etag: str | None = '"e1"') -> Response:
    body = {"version": version, "touchpoints": {}, "rules": [], "refresh": int(refresh)}
    return Response(200, {} if etag is None else {"etag": etag}, msgspec.json.encode(body))


def test_both_clients_look_every_15_seconds_unless_told_otherwise() -> None:
    assert [signature(kind).parameters["refresh"].default for kind in (Tactful, AsyncTactful)] == [15.0, 15.0]


@given(SECONDS, st.integers(0, 100_000), JITTER)
def test_the_gateway_may_lengthen_the_refresh_but_not_shorten_it_nor_stop_it(
    every: float, asked: int, jitter: float
) -> None:
    cache = RulesetCache(every)
    cache.receive(_ruleset(refresh=asked), 100.0, 0, jitter)
    wait = cache.next_look - 100.0
    wanted = max(every, min(asked, LONGEST_REFRESH))
    assert 0.8 * wanted - 1e-6 <= wait <= 1.2 * wanted + 1e-6


def test_the_looks_of_many_processes_spread_over_the_interval() -> None:
    looks = set()
    for step in range(10):
        cache = RulesetCache(15.0)
        cache.receive(_ruleset(), 0.0, 0, step / 10)
        looks.add(round(cache.next_look, 3))
    assert (len(looks), min(looks), max(looks)) == (10, 12.0, 17.4)


def test_a_look_tells_what_is_there_already_and_304_keeps_it() -> None:
    cache = RulesetCache(15.0)
    assert "if-none-match" not in cache.request({}).headers
    kept = cache.receive(_ruleset(), 0.0, 1_000, 0.5)
    assert kept is not None
    assert cache.request({"a": "b"}).headers == {"a": "b", "if-none-match": '"e1"'}
    assert cache.receive(Response(304), 15.0, 16_000, 0.5) is None
    assert (cache.version, cache.fetched_at, cache.next_look) == ("v1", 16_000, 30.0)


def test_a_gateway_without_etags_is_asked_for_everything() -> None:
    cache = RulesetCache(15.0)
    cache.receive(_ruleset(), 0.0, 0, 0.5)
    cache.receive(_ruleset("v2", etag=None), 0.0, 0, 0.5)
    assert "if-none-match" not in cache.request({}).headers


BODIES = [
    b"",
    b"null",
    b"[]",
    b'{"version": 3}',
    b'{"version": "v9", "touchpoints": {}, "rules": [{"id"',
    b"\x1f\x8b\x08",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", [200, 204, 206])
def test_a_body_that_is_no_ruleset_changes_nothing(body: bytes, status: int) -> None:
    cache = RulesetCache(15.0)
    cache.receive(_ruleset(), 0.0, 0, 0.5)
    rules = cache.rules
    with pytest.raises(ValueError, match="not a ruleset"):
        cache.receive(Response(status, {"etag": '"e9"'}, body), 15.0, 15_000, 0.5)
    assert cache.rules is rules
    assert (cache.version, cache.fetched_at) == ("v1", 0)
    assert cache.request({}).headers == {"if-none-match": '"e1"'}


def test_a_304_before_there_was_anything_is_no_ruleset() -> None:
    with pytest.raises(ValueError, match="304"):
        RulesetCache(15.0).receive(Response(304), 0.0, 0, 0.5)


@given(st.lists(JITTER, min_size=1, max_size=30))
def test_without_any_ruleset_looks_back_off_up_to_the_interval(jitters: list[float]) -> None:
    cache, waits = RulesetCache(15.0), []
    for jitter in jitters:
        cache.failed("down", 0.0, jitter)
        waits.append(cache.next_look / (0.8 + 0.4 * jitter))
    assert waits == pytest.approx([min(FIRST_RETRY * 2**turn, 15.0) for turn in range(len(jitters))])


def test_with_a_ruleset_a_failure_waits_for_the_next_turn_and_is_told() -> None:
    cache = RulesetCache(15.0)
    cache.receive(_ruleset(), 0.0, 0, 0.5)
    cache.failed("the gateway answered 402", 15.0, 0.5)
    assert (cache.version, cache.next_look, cache.last_error) == ("v1", 30.0, "the gateway answered 402")
    cache.receive(Response(304), 30.0, 30_000, 0.5)
    assert cache.last_error is None


def test_what_one_process_keeps_another_starts_with_and_its_etag() -> None:
    kept = RulesetCache(15.0).receive(_ruleset(), 0.0, 5_000, 0.5)
    assert kept is not None
    other = RulesetCache(15.0)
    other.restore(kept)
    assert (other.version, other.fetched_at, other.next_look) == ("v1", 5_000, 0.0)
    assert other.request({}).headers == {"if-none-match": '"e1"'}
    for cut in range(0, len(kept), 7):
        with pytest.raises(ValueError):
            RulesetCache(15.0).restore(kept[:cut])
