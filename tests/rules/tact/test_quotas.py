"""Quotas against a list of everything that happened, under any order of holding, counting and releasing."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tactful_rules.model.ids import DAY, HOUR, MINUTE, to_datetime
from tactful_rules.model.person import UNUSED
from tactful_rules.model.rule import Calendar, Per, Quota
from tactful_rules.tact import count, hold, quota_used, release

START = 1_795_305_600_000
names = st.sampled_from(["a", "b", "c", "d"])


class Quotas(RuleBasedStateMachine):
    """Plays the ledger; `counted` and `open` are kept without any pruning."""

    @initialize(
        per=st.one_of(st.none(), st.sampled_from([HOUR, DAY, 3 * DAY]), st.sampled_from(get_args(Calendar))),
        zone=st.sampled_from(["UTC", "Africa/Cairo", "Asia/Shanghai"]),
    )
    def begin(self, per: Per | None, zone: str) -> None:
        self.quota = Quota("answers", 10, per)
        self.zone = ZoneInfo(zone)
        self.use = UNUSED
        self.now = START
        self.counted: list[int] = []
        self.open: dict[str, int] = {}

    @rule(span=st.sampled_from([1, MINUTE, HOUR, 5 * HOUR, DAY, 9 * DAY, 31 * DAY]))
    def time_passes(self, span: int) -> None:
        self.now += span

    @rule(name=names, life=st.sampled_from([30 * MINUTE, DAY]), clear=st.booleans())
    def hold(self, name: str, life: int, clear: bool) -> None:
        self.use = hold(self.use, self.quota, name, self.now + life, self.now if clear else None)
        self.open[name] = self.now + life

    @rule(name=names)
    def count(self, name: str) -> None:
        self.use = count(self.use, self.quota, name, self.now)
        self.open.pop(name, None)
        self.counted.append(self.now)

    @rule(name=names)
    def release(self, name: str) -> None:
        self.use = release(self.use, name)
        self.open.pop(name, None)

    @invariant()
    def used_is_what_was_counted_and_what_is_held(self) -> None:
        held = sum(1 for deadline in self.open.values() if deadline > self.now)
        inside = sum(1 for at in self.counted if self._inside(at))
        assert quota_used(self.quota, self.use, self.now, self.zone) == inside + held
        assert self.use.total == len(self.counted)
        assert list(self.use.times) == sorted(self.use.times)

    def _inside(self, at: int) -> bool:
        per = self.quota.per
        if per is None:
            return True
        if isinstance(per, int):
            return self.now - per < at <= self.now
        return self._unit(at, per) == self._unit(self.now, per)

    def _unit(self, at: int, per: Calendar) -> object:
        day = to_datetime(at).astimezone(self.zone).date()
        return {"day": day, "week": day - timedelta(days=day.weekday()), "month": (day.year, day.month)}[per]


TestQuotas = Quotas.TestCase


def test_a_displayed_invitation_holds_its_place_until_its_link_dies() -> None:
    quota, zone = Quota("answers", 1), ZoneInfo("UTC")
    decided = hold(UNUSED, quota, "a", START + 30 * MINUTE)
    displayed = hold(decided, quota, "a", START + 3 * DAY)
    assert quota_used(quota, decided, START + HOUR, zone) == 0
    assert quota_used(quota, displayed, START + HOUR, zone) == 1


def test_a_window_ends_at_its_very_millisecond() -> None:
    quota, zone = Quota("asks", 10, HOUR), ZoneInfo("UTC")
    use = count(UNUSED, quota, "a", START)
    assert quota_used(quota, use, START + HOUR - 1, zone) == 1
    assert quota_used(quota, use, START + HOUR, zone) == 0
    assert quota_used(quota, count(use, quota, "b", START + HOUR - 1), START + HOUR - 1, zone) == 2


@given(st.lists(st.integers(0, 60 * 24 * 40), min_size=1, max_size=200).map(sorted))
def test_what_has_left_the_window_is_not_kept(minutes: list[int]) -> None:
    use, quota = UNUSED, Quota("asks", 10, DAY)
    for minute in minutes:
        use = count(use, quota, "a", START + minute * MINUTE)
    last = START + minutes[-1] * MINUTE
    assert all(last - DAY < at <= last for at in use.times)
    assert use.total == len(minutes)
