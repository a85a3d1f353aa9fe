"""What do-not-disturb says of a person, for people: pauses, caps, quiet stretches, and when each channel is open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from tactful_gateway.explanation.model import (
    ExplainedCap,
    ExplainedChannel,
    ExplainedObstacle,
    ExplainedPause,
    ExplainedQuiet,
    ExplainedTact,
)
from tactful_gateway.explanation.times import write_local, write_time
from tactful_gateway.survey.holidays import name_holiday
from tactful_rules.compiled import CompiledRuleset
from tactful_rules.model.ids import Instant, rfc3339
from tactful_rules.model.person import EVERY_CHANNEL, OpenInvitation
from tactful_rules.model.policy import Holidays
from tactful_rules.model.ruleset import Channel
from tactful_rules.tact import Obstacle, Wish, cap_uses, find_opening, local_date, running_pauses
from tactful_rules.tact.quiet import FARTHEST
from tactful_rules.trace import describe_limit, write_span

_MOST_DAYS = 60
"""Holidays are named for so many days of a stretch."""


def explain_tact(compiled: CompiledRuleset, wish: Wish, now: Instant) -> ExplainedTact:
    """Tell what holds for the person, whatever would be asked."""
    policy, history, zone = compiled.ruleset.do_not_disturb, wish.state.history, wish.zone
    pauses = tuple(
        ExplainedPause(
            after=running.pause.after,
            for_=write_span(running.pause.for_),
            same=running.pause.same,
            value=None if running.pause.same is None else getattr(running.event, running.pause.same),
            on=running.pause.on,
            since=rfc3339(running.event.at),
            until=rfc3339(running.until),
            local=write_local(running.until, zone),
        )
        for running in running_pauses(policy, history, now)
    )
    caps = tuple(
        ExplainedCap(
            at_most=use.cap.at_most,
            per=use.cap.per if isinstance(use.cap.per, str) else write_span(use.cap.per),
            same=use.cap.same,
            value=use.value,
            on=use.cap.on,
            used=use.used,
            reached=use.reached,
            opens_at=write_time(use.opens),
            local=_local(use.opens, wish),
        )
        for use in cap_uses(policy, history, now, zone)
    )
    channels = explain_channels(compiled, compiled.ruleset.channels.values(), wish, now)
    return ExplainedTact(write_local(now, zone), pauses, caps, channels)


def explain_channels(
    compiled: CompiledRuleset, channels: Iterable[Channel], wish: Wish, now: Instant
) -> tuple[ExplainedChannel, ...]:
    """Tell of each channel whether it is open, or when it opens again."""
    return tuple(_channel(compiled, channel, wish, now) for channel in channels)


def _channel(compiled: CompiledRuleset, channel: Channel, wish: Wish, now: Instant) -> ExplainedChannel:
    opening = find_opening(compiled.tact, compiled.quiet.get(channel.id), channel, wish, now)
    ends = (now, *(obstacle.until for obstacle in opening.obstacles))
    obstacles = tuple(
        ExplainedObstacle(
            reason=obstacle.reason,
            until=write_time(obstacle.until),
            local=_local(obstacle.until, wish),
            because=", ".join(
                (_because(obstacle, channel, wish), *_holidays(compiled, channel, wish, start, obstacle))
            ),
        )
        for start, obstacle in zip(ends, opening.obstacles, strict=False)
    )
    return ExplainedChannel(
        channel=channel.id,
        on_screen=channel.on_screen,
        open=not obstacles,
        opens_at=write_time(opening.at),
        opens_local=_local(opening.at, wish),
        because="; then ".join(obstacle.because for obstacle in obstacles),
        obstacles=obstacles,
        quiet=_quiet(compiled, channel, wish, now),
    )


def _local(at: Instant | None, wish: Wish) -> str | None:
    return None if at is None else write_local(at, wish.zone)


def _because(obstacle: Obstacle, channel: Channel, wish: Wish) -> str:
    by = obstacle.by
    if isinstance(by, OpenInvitation):
        return f"{by.questionnaire} on {by.channel} is still open"
    if by is not None:
        return describe_limit(by)
    if obstacle.reason == "holdout":
        return "the person is in the share that is never asked"
    everything = EVERY_CHANNEL in wish.state.opted_out
    return f"opted out of {'everything' if everything else channel.id}"


def _quiet(compiled: CompiledRuleset, channel: Channel, wish: Wish, now: Instant) -> ExplainedQuiet | None:
    times = compiled.quiet.get(channel.id)
    stretch = None if times is None or "quiet_hours" in wish.ignore else times.find(now, wish.zone, FARTHEST)
    if stretch is None:
        return None
    return ExplainedQuiet(
        then=stretch.then,
        until=write_time(stretch.until),
        local=_local(stretch.until, wish),
        because=describe_limit(stretch.by),
        holidays=_names(compiled, channel, wish, now, stretch.until),
    )


def _holidays(
    compiled: CompiledRuleset, channel: Channel, wish: Wish, start: Instant | None, obstacle: Obstacle
) -> tuple[str, ...]:
    if start is None or obstacle.reason != "quiet_hours":
        return ()
    return _names(compiled, channel, wish, start, obstacle.until)


def _names(
    compiled: CompiledRuleset, channel: Channel, wish: Wish, start: Instant, until: Instant | None
) -> tuple[str, ...]:
    """Give the holidays from an instant to the end of its stretch, each by its date and name."""
    on = [
        holidays
        for holidays in compiled.ruleset.do_not_disturb.holidays
        if (channel.id in holidays.on if holidays.on else not channel.on_screen)
    ]
    first, last = local_date(start, wish.zone), None if until is None else local_date(until - 1, wish.zone)
    names: list[str] = []
    for ahead in range(_MOST_DAYS if on else 0):
        day = first + timedelta(days=ahead)
        if last is not None and day > last:
            break
        called = dict.fromkeys(name for holidays in on if (name := _name(holidays, day)) is not None)
        named = [name for name in called if name] or list(called)
        names += [f"{day.isoformat()} {name}".rstrip() for name in named]
    return tuple(names)


def _name(holidays: Holidays, day: date) -> str | None:
    """Give what a day is called, empty where it is a holiday without a name, None where it is none."""
    name = None if holidays.calendar is None else name_holiday(holidays.calendar, day)
    return "" if name is None and day.isoformat() in holidays.dates else name
