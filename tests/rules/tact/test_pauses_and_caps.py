"""Pauses and caps against a naive model over plain lists, and the cases at their edges."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any, get_args
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from tactful_rules.model.ids import DAY, HOUR, Instant, to_datetime
from tactful_rules.model.person import HistoryEvent
from tactful_rules.model.policy import Cap, DoNotDisturb, HistoryKind, Pause, Same
from tactful_rules.tact import Candidate, Tact, longest_window

NOW = 1_795_305_600_000
ZONES = ["UTC", "Asia/Shanghai", "America/New_York", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe"]
CHANNELS = ["web", "app"]

sames = st.one_of(st.none(), st.sampled_from(get_args(Same)))
ons = st.lists(st.sampled_from(CHANNELS), unique=True, max_size=1).map(tuple)
spans = st.one_of(st.integers(1, 20), st.integers(24, 24 * 39)).map(lambda hours: hours * HOUR)
pauses = st.builds(Pause, st.sampled_from(get_args(HistoryKind)), spans, sames, ons)
caps = st.builds(Cap, st.integers(1, 3), st.one_of(spans, st.sampled_from(["day", "week", "month"])), sames, ons)
events = st.builds(
    HistoryEvent,
    st.sampled_from(get_args(HistoryKind)),
    st.one_of(st.integers(0, 48), st.integers(0, 40 * 24)).map(lambda hours: NOW - hours * HOUR),
    st.sampled_from(["q1", "q2"]),
    st.sampled_from(["t1", "t2"]),
    st.sampled_from(CHANNELS),
    st.sampled_from([None, "s1"]),
)
histories = st.lists(events, max_size=8).map(lambda found: tuple(sorted(found, key=lambda event: event.at)))
policies = st.builds(DoNotDisturb, st.lists(pauses, max_size=3).map(tuple), st.lists(caps, max_size=3).map(tuple))
candidates = st.builds(
    Candidate, st.sampled_from(["q1", "q2"]), st.sampled_from(["t1", "t2"]), st.sampled_from([None, "s1"])
)


def naive_stops(
    policy: DoNotDisturb, history: tuple[HistoryEvent, ...], candidate: Candidate, channel: str, now: Instant, zone: str
) -> bool:
    """Tell by the letter of the rules, without any splitting, whether a channel is stopped."""

    def counts(limit: Pause | Cap, event: HistoryEvent) -> bool:
        if limit.same is None:
            return True
        mine = channel if limit.same == "channel" else getattr(candidate, limit.same)
        return mine is not None and getattr(event, limit.same) == mine

    def unit(at: Instant, per: str) -> Any:
        day = to_datetime(at).astimezone(ZoneInfo(zone)).date()
        return {"day": day, "week": day - timedelta(days=day.weekday()), "month": (day.year, day.month)}[per]

    for pause in policy.pauses:
        ends = [event.at + pause.for_ for event in history if event.kind == pause.after and counts(pause, event)]
        if (not pause.on or channel in pause.on) and ends and now < max(ends):
            return True
    for cap in policy.caps:
        asks = [event for event in history if event.kind == "asked" and counts(cap, event)]
        if cap.on:
            asks = [event for event in asks if event.channel in cap.on]
        if isinstance(cap.per, int):
            number = sum(1 for event in asks if now - cap.per < event.at <= now)
        else:
            number = sum(1 for event in asks if unit(event.at, cap.per) == unit(now, cap.per))
        if (not cap.on or channel in cap.on) and number >= cap.at_most:
            return True
    return False


def stops(
    policy: DoNotDisturb, history: tuple[HistoryEvent, ...], candidate: Candidate, channel: str, now: Instant, zone: str
) -> list[Any]:
    tact, where = Tact.of(policy), ZoneInfo(zone)
    on_channel = Candidate(candidate.questionnaire, candidate.touchpoint, candidate.stage, channel)
    found = [tact.stop(candidate, history, now, where), tact.stop(on_channel, history, now, where)]
    return [stop for stop in found if stop is not None]


@given(policies, histories, candidates, st.sampled_from(CHANNELS), st.sampled_from(ZONES))
@example(
    DoNotDisturb(caps=(Cap(at_most=1, per="day"),)),
    (HistoryEvent("asked", NOW - HOUR, "q1", "t1", "web"),),
    Candidate("q1", "t1"),
    "web",
    "Asia/Shanghai",
)
def test_a_channel_is_stopped_exactly_when_the_letter_of_the_rules_says_so(
    policy: DoNotDisturb, history: tuple[HistoryEvent, ...], candidate: Candidate, channel: str, zone: str
) -> None:
    expected = naive_stops(policy, history, candidate, channel, NOW, zone)
    assert bool(stops(policy, history, candidate, channel, NOW, zone)) is expected


@given(policies, histories, candidates, st.sampled_from(CHANNELS), st.sampled_from(ZONES))
def test_until_is_the_first_instant_at_which_what_stopped_us_no_longer_does(
    policy: DoNotDisturb, history: tuple[HistoryEvent, ...], candidate: Candidate, channel: str, zone: str
) -> None:
    for stop in stops(policy, history, candidate, channel, NOW, zone):
        assert stop.until is not None
        assert stop.until > NOW
        only = DoNotDisturb(pauses=(stop.by,)) if isinstance(stop.by, Pause) else DoNotDisturb(caps=(stop.by,))
        assert naive_stops(only, history, candidate, channel, stop.until - 1, zone)
        assert not naive_stops(only, history, candidate, channel, stop.until, zone)


@given(policies, histories, candidates, st.sampled_from(CHANNELS), st.sampled_from(ZONES))
def test_history_beyond_the_longest_window_never_matters(
    policy: DoNotDisturb, history: tuple[HistoryEvent, ...], candidate: Candidate, channel: str, zone: str
) -> None:
    kept = tuple(event for event in history if event.at > NOW - longest_window(policy))
    assert naive_stops(policy, history, candidate, channel, NOW, zone) is naive_stops(
        policy, kept, candidate, channel, NOW, zone
    )


def asked(ago: int, **changes: Any) -> HistoryEvent:
    event = {"kind": "asked", "questionnaire": "q1", "touchpoint": "t1", "channel": "web", "stage": None} | changes
    return HistoryEvent(at=NOW - ago, **event)


def stopped(policy: DoNotDisturb, *history: HistoryEvent, channel: str | None = None) -> bool:
    candidate = Candidate("q1", "t1", None, channel)
    return Tact.of(policy).stop(candidate, history, NOW, ZoneInfo("UTC")) is not None


def test_a_pause_ends_at_its_very_millisecond() -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", 7 * DAY),))
    assert stopped(policy, asked(7 * DAY - 1))
    assert not stopped(policy, asked(7 * DAY))


def test_a_rolling_cap_forgets_an_ask_exactly_its_window_ago() -> None:
    policy = DoNotDisturb(caps=(Cap(1, 7 * DAY),))
    assert stopped(policy, asked(7 * DAY - 1))
    assert not stopped(policy, asked(7 * DAY))


def test_no_stage_is_not_the_same_stage() -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", DAY, same="stage"),))
    assert not stopped(policy, asked(HOUR))


def test_same_channel_waits_for_the_channel() -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", DAY, same="channel"),))
    assert not stopped(policy, asked(HOUR))
    assert stopped(policy, asked(HOUR), channel="web")
    assert not stopped(policy, asked(HOUR), channel="app")


def test_a_cap_of_zero_is_always_reached_and_never_ends() -> None:
    stop = Tact.of(DoNotDisturb(caps=(Cap(0, DAY),))).stop(Candidate("q1", "t1"), (), NOW, ZoneInfo("UTC"))
    assert stop is not None
    assert stop.until is None


def test_a_rolling_cap_opens_when_enough_asks_have_left_its_window() -> None:
    history = (asked(6 * DAY), asked(5 * DAY), asked(2 * DAY), asked(DAY))
    stop = Tact.of(DoNotDisturb(caps=(Cap(2, 7 * DAY),))).stop(Candidate("q1", "t1"), history, NOW, ZoneInfo("UTC"))
    assert stop is not None
    assert stop.until == NOW + 5 * DAY  # when the ask of two days ago leaves, one is left


def test_of_several_pauses_the_one_that_ends_last_is_told() -> None:
    days, week = (Pause("asked", number * DAY) for number in (3, 7))
    for order in ((days, week), (week, days)):
        stop = Tact.of(DoNotDisturb(pauses=order)).stop(Candidate("q1", "t1"), (asked(DAY),), NOW, ZoneInfo("UTC"))
        assert (stop and stop.by) == week


def test_of_several_caps_the_one_that_opens_last_is_told_and_first_of_all_one_that_never_does() -> None:
    day, week, never = Cap(1, DAY), Cap(1, 7 * DAY), Cap(0, 2 * DAY)
    for limits, last in (((day, week), week), ((day, week, never), never)):
        for order in permutations(limits):
            stop = Tact.of(DoNotDisturb(caps=order)).stop(Candidate("q1", "t1"), (asked(HOUR),), NOW, ZoneInfo("UTC"))
            assert (stop and stop.by) == last


def test_an_ask_that_a_skewed_clock_dated_ahead_counts() -> None:
    assert stopped(DoNotDisturb(caps=(Cap(1, DAY),)), asked(-HOUR))


def test_pauses_and_caps_can_be_ignored_each_on_its_own() -> None:
    tact = Tact.of(DoNotDisturb(pauses=(Pause("asked", DAY),), caps=(Cap(1, DAY),)))
    history, where, candidate = (asked(HOUR),), ZoneInfo("UTC"), Candidate("q1", "t1")
    reasons = [tact.stop(candidate, history, NOW, where, ignore) for ignore in ((), ("pauses",), ("caps",))]  # type: ignore[arg-type]  # words of Ignorable
    assert [stop and stop.reason for stop in reasons] == ["paused", "capped", "paused"]
    assert tact.stop(candidate, history, NOW, where, ("pauses", "caps")) is None
