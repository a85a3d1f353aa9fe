"""What came of each touchpoint under two survey folders, side by side, and how often what turned into what.

A rule's name is kept for the examples, but it is no effect: to a person, a rule by another name is the same rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from msgspec import Struct

from tactful_gateway.simulator.traffic.visit import Visit
from tactful_rules.model.decision import Reason, Verdict
from tactful_rules.model.ids import Instant

EXAMPLES = 3
"""How many touchpoints are kept of each kind of change, each of another person."""


class Effect(NamedTuple):
    """What a touchpoint came to, as far as it makes a difference to the person."""

    reason: Reason
    questionnaire: str | None
    channel: str | None
    again: bool

    def __str__(self) -> str:
        """Say it in a few words: `asked payment-csat on web`, `shown again: payment-csat on web`, `paused`."""
        if self.questionnaire is None:
            return self.reason
        return f"{'shown again:' if self.again else self.reason} {self.questionnaire} on {self.channel}"


class Told(NamedTuple):
    """An effect and the rule behind it."""

    effect: Effect
    rule: str | None


class Example(Struct, frozen=True):
    """One touchpoint that came out otherwise."""

    at: Instant
    person: str
    touchpoint: str
    was: Told
    now: Told


class Changed(Struct, frozen=True):
    """How many touchpoints turned from one effect into another, with the first few of them."""

    was: Effect
    now: Effect
    touchpoints: int
    examples: tuple[Example, ...]


class Recording:
    """Keeps what every touchpoint of a play came to; equal effects share one object, for traffic is long."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self._known: dict[Told, Told] = {}

    def note(self, _: Visit, verdict: Verdict) -> None:
        """Keep what a touchpoint came to."""
        told = _told(verdict)
        self.told.append(self._known.setdefault(told, told))


class Effects:
    """Holds a play against the recording of another one of the same traffic."""

    def __init__(self, recording: Recording) -> None:
        self._was = iter(recording.told)
        self._counts: Counter[tuple[Effect, Effect]] = Counter()
        self._examples: defaultdict[tuple[Effect, Effect], list[Example]] = defaultdict(list)

    def note(self, visit: Visit, verdict: Verdict) -> None:
        """Hold what a touchpoint comes to now against what it came to before."""
        was, now = next(self._was), _told(verdict)
        if was.effect == now.effect:
            return
        change = (was.effect, now.effect)
        self._counts[change] += 1
        examples = self._examples[change]
        if len(examples) < EXAMPLES and all(visit.person != example.person for example in examples):
            examples.append(Example(visit.at, visit.person, visit.touchpoint, was, now))

    def changed(self) -> tuple[Changed, ...]:
        """Give every kind of change, the most frequent first."""
        return tuple(
            Changed(*change, touchpoints=count, examples=tuple(self._examples[change]))
            for change, count in self._counts.most_common()
        )


def _told(verdict: Verdict) -> Told:
    return Told(Effect(verdict.reason, verdict.questionnaire, verdict.channel, verdict.again), verdict.rule)
