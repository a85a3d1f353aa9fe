"""What do-not-disturb says of a person at an instant, and when each channel opens again if nothing else happens.

An opening is found by going from one end to the next: at each of them everything is looked at anew, since what was open
all along may be quiet by then, and what stopped before need not do so any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from tactful_rules.model.ids import Instant
from tactful_rules.model.person import EVERY_CHANNEL, HistoryEvent, OpenInvitation, PersonState
from tactful_rules.model.policy import Cap, DoNotDisturb, Holidays, Pause, QuietHours, Same
from tactful_rules.model.rule import Ignorable
from tactful_rules.model.ruleset import Channel
from tactful_rules.tact.candidates import Candidate
from tactful_rules.tact.caps import asks_within, find_cap
from tactful_rules.tact.policy import Tact
from tactful_rules.tact.quiet import FARTHEST, QuietTimes

ANY: Final = "*"
"""Stands for a questionnaire or touchpoint that is not known: no id is called so, so that it shares nothing."""

StoppedBy: TypeAlias = Pause | Cap | QuietHours | Holidays | OpenInvitation | None


class RunningPause(Struct, frozen=True):
    """A pause that runs since `event`, until `until`."""

    pause: Pause
    event: HistoryEvent
    until: Instant


class CapUse(Struct, frozen=True):
    """How much of a cap is used: in all, or by asks that have `value` in common where the cap says `same`.

    `opens` is when one more fits again, None where one fits now, and where none ever does.
    """

    cap: Cap
    value: str | None
    used: int
    opens: Instant | None

    @property
    def reached(self) -> bool:
        """Whether no ask more fits."""
        return self.used >= self.cap.at_most


class Obstacle(Struct, frozen=True):
    """What stops an ask until `until`, None for good; `by` is what says so, None for opt-out and holdout."""

    reason: Literal["opted_out", "holdout", "pending", "paused", "capped", "quiet_hours"]
    until: Instant | None
    by: StoppedBy = None


class Opening(Struct, frozen=True):
    """When a channel is free: `at` is that instant, None for one that is not foreseen; `obstacles` are in the way."""

    at: Instant | None
    obstacles: tuple[Obstacle, ...]


class Wish(Struct, frozen=True):
    """What is to be asked, as far as it is known, of whom: a channel may be free for one ask and not for another."""

    state: PersonState
    zone: tzinfo
    held_out: bool = False
    questionnaire: str = ANY
    touchpoint: str = ANY
    stage: str | None = None
    ignore: tuple[Ignorable, ...] = ()


def running_pauses(policy: DoNotDisturb, history: tuple[HistoryEvent, ...], now: Instant) -> tuple[RunningPause, ...]:
    """Give every pause that runs, with `same` once for each value that it keeps apart, as the policy lists them."""
    running: list[RunningPause] = []
    for pause in policy.pauses:
        kind = [event for event in history if event.kind == pause.after]
        last = dict(_by_value(pause.same, kind))
        running += [RunningPause(pause, event, event.at + pause.for_) for event in last.values()]
    return tuple(one for one in running if now < one.until)


def cap_uses(policy: DoNotDisturb, history: tuple[HistoryEvent, ...], now: Instant, zone: tzinfo) -> tuple[CapUse, ...]:
    """Give how much of each cap is used, with `same` once for each value with an ask in the window."""
    return tuple(use for cap in policy.caps for use in _uses(cap, history, now, zone))


def _uses(cap: Cap, history: tuple[HistoryEvent, ...], now: Instant, zone: tzinfo) -> Iterator[CapUse]:
    values = dict(_by_value(cap.same, history))
    for value in values if cap.same else (None,):
        candidate = _alike(cap.same, value)
        used = len(asks_within(cap, history, candidate, now, zone))
        stop = find_cap((cap,), history, candidate, now, zone)
        if used or cap.same is None:
            yield CapUse(cap, value, used, None if stop is None else stop.until)


def _by_value(same: Same | None, events: Iterable[HistoryEvent]) -> Iterator[tuple[str | None, HistoryEvent]]:
    for event in events:
        value = None if same is None else getattr(event, same)
        if same is None or value:  # what is not known is shared with nothing
            yield value, event


def _alike(same: Same | None, value: str | None) -> Candidate:
    nothing = Candidate(ANY, ANY)
    return nothing if same is None else replace(nothing, **{same: value})


def find_opening(tact: Tact, quiet: QuietTimes | None, channel: Channel, wish: Wish, now: Instant) -> Opening:
    """Give when a channel is free for an ask, if nothing else happens, and what is in the way until then."""
    at, met = now, []
    while (obstacle := _obstacle(tact, quiet, channel, wish, at)) is not None:
        met.append(obstacle)
        if obstacle.until is None:
            return Opening(None, tuple(met))
        at = obstacle.until
    return Opening(at, tuple(met))


def _obstacle(tact: Tact, quiet: QuietTimes | None, channel: Channel, wish: Wish, at: Instant) -> Obstacle | None:
    """Give what stops an ask on a channel at an instant, in the order in which deciding looks at it."""
    if not {EVERY_CHANNEL, channel.id}.isdisjoint(wish.state.opted_out):
        return Obstacle("opted_out", None)
    if wish.held_out:
        return Obstacle("holdout", None)
    for invitation in wish.state.open:
        # What is only scheduled gives way to an ask on screen.
        if at < invitation.deadline() and not (channel.on_screen and invitation.scheduled(at)):
            return Obstacle("pending", invitation.deadline(), invitation)
    for known in (None, channel.id):
        candidate = Candidate(wish.questionnaire, wish.touchpoint, wish.stage, known)
        stop = tact.stop(candidate, wish.state.history, at, wish.zone, wish.ignore)
        if stop is not None:
            return Obstacle(stop.reason, stop.until, stop.by)
    stretch = None if quiet is None or "quiet_hours" in wish.ignore else quiet.find(at, wish.zone, FARTHEST)
    return None if stretch is None else Obstacle("quiet_hours", stretch.until, stretch.by)
