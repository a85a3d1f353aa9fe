"""Which versions of the survey folder are dropped: never one that an open invitation may name."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tactful_gateway.keeping.forgetting import AFTERLIFE, KEPT_VERSIONS, spent_versions
from tactful_gateway.ledger.rulesets import longest_life
from tactful_gateway.store.records import VersionRecord
from tactful_rules.model.ids import DAY, HOUR
from tests.gateway.ledger.schedule.post import QUIET, Post, sent_ruleset

NOW = 1_800_000_000_000


def version(number: int, at: int, lasts: int = 0) -> VersionRecord:
    return VersionRecord(number=number, at=at, content="c", ruleset="r", origin="folder", lasts=lasts)


def many(count: int, lasts: int = 0) -> list[VersionRecord]:
    """Give so many versions, newest first; the newest is so old that only its being kept keeps any."""
    return [version(number, NOW - 9 * AFTERLIFE + number, lasts) for number in range(count, 0, -1)]


def test_the_newest_are_kept_whatever_their_age() -> None:
    assert spent_versions(many(KEPT_VERSIONS), NOW) == []
    assert spent_versions([], NOW) == []


def test_older_ones_go_once_their_last_invitation_is_long_over() -> None:
    assert spent_versions(many(KEPT_VERSIONS + 3), NOW) == [3, 2, 1]
    assert spent_versions(many(KEPT_VERSIONS + 3, lasts=8 * AFTERLIFE), NOW) == []


def test_what_counts_is_when_the_next_one_went_live() -> None:
    newest = [version(number, NOW) for number in range(KEPT_VERSIONS + 1, 2, -1)]
    assert spent_versions([*newest, version(2, NOW - 300 * DAY), version(1, NOW - 900 * DAY)], NOW) == [1]


@given(
    gaps=st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=KEPT_VERSIONS, max_size=KEPT_VERSIONS + 40
    ),
    later=st.integers(0, 800),
)
def test_no_version_with_an_open_invitation_is_dropped(gaps: list[tuple[int, int]], later: int) -> None:
    at, made = NOW, []
    for number, (gap, lasts) in enumerate(gaps, 1):
        at += gap * DAY
        made.append(version(number, at, lasts * DAY))
    now = at + later * DAY
    dropped = set(spent_versions(made[::-1], now))
    for one, following in pairwise(made):
        last_invitation_ends = following.at + one.lasts
        assert one.number not in dropped or last_invitation_ends < now
    assert len(made) - len(dropped) >= KEPT_VERSIONS


def test_a_version_is_needed_for_as_long_as_what_it_scheduled_may_wait_and_live() -> None:
    world = Post(sent_ruleset("email", policy=QUIET, delay=9 * HOUR, valid_for=11 * HOUR))
    world.now += 12 * HOUR
    record = world.plan()
    assert record.not_before == world.now + 12 * HOUR  # the delay ends in the quiet hours
    ruleset = world.compiled.ruleset
    assert longest_life(replace(ruleset, rules=ruleset.rules[:1])) == 31 * HOUR
    assert record.expires_at - record.decided_at <= 31 * HOUR
