"""When a channel opens: the instant found by walking from end to end against one found by looking at every minute."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HistoryEvent, OpenInvitation, PersonState
from tactful_rules.model.policy import Cap, DoNotDisturb, Holidays, Pause, QuietHours
from tactful_rules.model.ruleset import Channel
from tactful_rules.tact import (
    Candidate,
    Tact,
    Wish,
    cap_uses,
    find_opening,
    quiet_times,
    running_pauses,
)

NOW = 1_772_841_600_000  # 2026-03-07T00:00Z: clocks change in New York the day after
WEB, SMS = Channel("web", "widget"), Channel("sms", "http")
UTC = ZoneInfo("UTC")
MINUTES = 4 * 24 * 60


def event(kind: Any, ago: int, channel: str = "web", questionnaire: str = "q") -> HistoryEvent:
    return HistoryEvent(kind, NOW - ago, questionnaire, "t", channel)


def invitation(deadline: int, **said: Any) -> OpenInvitation:
    return OpenInvitation("i", "r", "q", "t", "sms", False, NOW - HOUR, deadline, **said)


HOURS = st.integers(1, 40).map(lambda hours: hours * HOUR)
SAME = st.sampled_from([None, None, "questionnaire", "channel"])
ON = st.sampled_from([(), ("web",), ("sms",)])
POLICIES = st.builds(
    DoNotDisturb,
    st.lists(st.builds(Pause, st.sampled_from(["asked", "dismissed"]), HOURS, SAME, ON), max_size=2).map(tuple),
    st.lists(st.builds(Cap, st.integers(0, 2), HOURS | st.sampled_from(["day"]), SAME, ON), max_size=2).map(tuple),
    st.lists(
        st.builds(QuietHours, st.sampled_from(range(0, 1440, 60)), st.sampled_from(range(30, 1440, 30)), on=ON)
        .filter(lambda hours: hours.from_ != hours.to),
        max_size=2,
    ).map(tuple),
    st.lists(st.builds(Holidays, dates=st.just(("2026-03-08",)), on=ON), max_size=1).map(tuple),
)  # fmt: skip
HISTORY = st.lists(
    st.builds(
        event,
        st.sampled_from(["asked", "dismissed"]),
        st.integers(-600, 3000).map(lambda minutes: minutes * MINUTE),
        st.sampled_from(["web", "sms"]),
        st.sampled_from(["q", "r"]),
    ),
    max_size=5,
).map(lambda events: tuple(sorted(events, key=lambda one: one.at)))
OPEN = st.lists(
    st.builds(
        invitation,
        st.integers(-5, 90).map(lambda hours: NOW + hours * HOUR),
        sent_at=st.sampled_from([None, NOW - MINUTE]),
    ),
    max_size=1,
).map(tuple)


@given(
    policy=POLICIES,
    history=HISTORY,
    opened=OPEN,
    channel=st.sampled_from([WEB, SMS]),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"]),
)
def test_an_opening_is_the_first_minute_at_which_nothing_stops_an_ask(
    policy: DoNotDisturb, history: tuple[HistoryEvent, ...], opened: Any, channel: Channel, zone: str
) -> None:
    state, clock = PersonState(history=history, open=opened), ZoneInfo(zone)
    tact, quiet = Tact.of(policy), quiet_times(policy, {"web": WEB, "sms": SMS}, None)

    def stopped(at: int) -> bool:
        if any(at < one.deadline() and not (channel.on_screen and one.sent_at is None) for one in opened):
            return True
        candidates = [Candidate("q", "t", None, known) for known in (None, channel.id)]
        if any(tact.stop(candidate, history, at, clock) for candidate in candidates):
            return True
        return channel.id in quiet and quiet[channel.id].find(at, clock, 9 * DAY) is not None

    found = find_opening(
        tact, quiet.get(channel.id), channel, Wish(state, clock, questionnaire="q", touchpoint="t"), NOW
    )
    first = next((at for minute in range(MINUTES) if not stopped(at := NOW + minute * MINUTE)), None)
    if first is not None:
        assert found.at == first
    else:
        assert found.at is None or found.at >= NOW + MINUTES * MINUTE
    assert bool(found.obstacles) == (found.at != NOW)
    ends = [obstacle.until for obstacle in found.obstacles]
    assert ends == sorted(end for end in ends if end is not None) + [None] * (found.at is None and ends[-1] is None)


@given(POLICIES, HISTORY)
def test_pauses_and_caps_that_are_told_are_those_that_stop(
    policy: DoNotDisturb, history: tuple[HistoryEvent, ...]
) -> None:
    for name in ("q", "r"):
        for channel in ("web", "sms"):
            for one in running_pauses(policy, history, NOW):
                if one.pause.same is None or name == one.event.questionnaire or channel == one.event.channel:
                    assert NOW < one.until == one.event.at + one.pause.for_
            stop = Tact.of(policy).stop(Candidate(name, "t"), history, NOW, UTC)
            general = [
                one
                for one in running_pauses(policy, history, NOW)
                if not one.pause.on and one.pause.same in (None, "questionnaire")
                and (one.pause.same is None or one.event.questionnaire == name)
            ]  # fmt: skip
            reached = [
                use
                for use in cap_uses(policy, history, NOW, UTC)
                if use.reached
                and not use.cap.on
                and use.cap.same in (None, "questionnaire")
                and use.value in (None, name)
            ]
            hopeless = any(cap.at_most == 0 and not cap.on and cap.same == "questionnaire" for cap in policy.caps)
            assert (stop is not None) == bool(general or reached or hopeless)
            if stop is not None and general:
                assert stop.until == max(one.until for one in general)


def test_an_opt_out_and_the_holdout_never_open() -> None:
    tact = Tact.of(DoNotDisturb())
    for opted_out, held_out in ((("sms",), False), (("*",), False), ((), True)):
        state = PersonState(opted_out=opted_out)
        found = find_opening(tact, None, SMS, Wish(state, UTC, held_out=held_out), NOW)
        assert (found.at, [one.until for one in found.obstacles]) == (None, [None])
    assert find_opening(tact, None, WEB, Wish(PersonState(opted_out=("sms",)), UTC), NOW).at == NOW


def test_what_knows_of_same_is_in_the_way_of_nothing_in_particular() -> None:
    policy = DoNotDisturb(pauses=(Pause("answered", 90 * DAY, "questionnaire"),), caps=(Cap(1, 7 * DAY, "touchpoint"),))
    state = PersonState(history=(event("asked", HOUR), event("answered", HOUR)))
    assert find_opening(Tact.of(policy), None, WEB, Wish(state, UTC), NOW).at == NOW
    (pause,), (use,) = running_pauses(policy, state.history, NOW), cap_uses(policy, state.history, NOW, UTC)
    assert (pause.event.questionnaire, use.value, use.used, use.opens) == ("q", "t", 1, NOW + 7 * DAY - HOUR)
    known = Wish(state, UTC, questionnaire="q", touchpoint="t")
    assert find_opening(Tact.of(policy), None, WEB, known, NOW).at == NOW + 90 * DAY - HOUR


def test_who_is_asked_for_ever_is_told_that_no_end_is_foreseen() -> None:
    every_day = DoNotDisturb(quiet_hours=(QuietHours(0, 24 * 60),))
    quiet = quiet_times(every_day, {"sms": SMS}, None)
    found = find_opening(Tact.of(every_day), quiet["sms"], SMS, Wish(PersonState(), UTC), NOW)
    assert (found.at, len(found.obstacles)) == (None, 1)


def test_a_pause_of_years_ends_when_it_ends() -> None:
    policy = DoNotDisturb(pauses=(Pause("answered", 900 * DAY),))
    state = PersonState(history=(event("answered", HOUR),))
    assert find_opening(Tact.of(policy), None, WEB, Wish(state, UTC), NOW).at == NOW + 900 * DAY - HOUR


def test_a_pause_is_told_up_to_its_very_millisecond() -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", HOUR),))
    assert [len(running_pauses(policy, (event("asked", ago),), NOW)) for ago in (HOUR - 1, HOUR)] == [1, 0]


def test_what_has_no_stage_is_told_as_sharing_it_with_nothing() -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", DAY, "stage"),), caps=(Cap(1, DAY, "stage"),))
    history = (event("asked", HOUR),)
    assert (running_pauses(policy, history, NOW), cap_uses(policy, history, NOW, UTC)) == ((), ())
