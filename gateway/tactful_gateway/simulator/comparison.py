"""What a change would change: two reports of one traffic side by side, and the touchpoints that came out otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct

from tactful_gateway.simulator.effects import Changed, Told
from tactful_gateway.simulator.periods import Unit, period_of
from tactful_gateway.simulator.report import Report
from tactful_rules.model.ids import rfc3339

K = TypeVar("K")


class Delta(Struct, frozen=True):
    """One number before and after."""

    was: int
    now: int

    @property
    def change(self) -> int:
        """By how much it grew."""
        return self.now - self.was

    def document(self) -> dict[str, int]:
        """Give it as JSON."""
        return {"from": self.was, "to": self.now, "delta": self.change}


class Comparison:
    """Holds `now` against `was`; `changed` lists the touchpoints that came out otherwise, by kind."""

    def __init__(self, was: Report, now: Report, changed: tuple[Changed, ...]) -> None:
        self.was = was
        self.now = now
        self.changed = changed
        self.gained = sum(1 for person, asks in now.persons.items() if asks and not was.persons[person])
        self.lost = sum(1 for person, asks in was.persons.items() if asks and not now.persons[person])

    @property
    def headline(self) -> str:
        """Say in one sentence what the change comes to."""
        if not self.changed:
            return "This change changes nothing for this traffic."
        people, asks = Delta(self.was.people_asked, self.now.people_asked), Delta(self.was.asks, self.now.asks)
        asked, who = "This change would have asked", _people(people.now)
        if people.change:
            return f"{asked} {who} instead of {people.was:,}."
        if self.gained:
            return f"{asked} {who}, as many as before, but not the same ones."
        if asks.change:
            return f"{asked} the same {who} {asks.now:,} times instead of {asks.was:,}."
        return f"{asked} the same {who} as often as before, but not alike."

    def totals(self) -> dict[str, Delta]:
        """Give the numbers of the whole play, by the names that the JSON document has for them."""
        names = ("people_asked", "asks", "again", "answers", "dismissals", "most_asks")
        return {name: Delta(getattr(self.was, name), getattr(self.now, name)) for name in names}

    def reasons(self) -> dict[str, Delta]:
        """Give each reason's touchpoints."""
        return pair(self.was.reasons, self.now.reasons)

    def rules(self) -> dict[str, Delta]:
        """Give each rule's new asks, those of rules that never asked included."""
        names = dict.fromkeys([*self.now.rule_reasons, *self.was.rule_reasons], 0)
        return pair({**names, **self.was.rules}, {**names, **self.now.rules})

    def channels(self) -> dict[str, Delta]:
        """Give each channel's new asks."""
        return pair(self.was.channels, self.now.channels)

    def channel_answers(self) -> dict[str, Delta]:
        """Give each channel's answers."""
        return pair(self.was.channel_answers, self.now.channel_answers)

    def limits(self) -> dict[str, Delta]:
        """Give the asks that each entry of do-not-disturb stopped or shifted, by its words."""
        was, now = _by_words(self.was), _by_words(self.now)
        return pair({**dict.fromkeys(now, 0), **was}, {**dict.fromkeys(was, 0), **now})

    def days(self) -> dict[str, Delta]:
        """Give each day's new asks, in order of time, days on which nobody was asked included."""
        days = sorted({*self.was.days, *self.now.days})
        return {day: Delta(self.was.days_asked[day], self.now.days_asked[day]) for day in days}

    def asks_per_person(self) -> dict[int, Delta]:
        """Give how many persons were asked so many times, by the number of asks."""
        return dict(sorted(pair(self.was.asks_per_person(), self.now.asks_per_person()).items()))

    @property
    def touchpoints_changed(self) -> int:
        """How many touchpoints came out otherwise."""
        return sum(kind.touchpoints for kind in self.changed)

    def document(self) -> dict[str, Any]:
        """Give the comparison as JSON."""
        people = {"gained": self.gained, "lost": self.lost}
        totals = {name: delta.document() for name, delta in self.totals().items()}
        reasons = {day: pair(self.was.days.get(day, {}), self.now.days.get(day, {})) for day in self.days()}
        return {
            "headline": self.headline,
            **totals,
            "people_asked": totals["people_asked"] | people,
            "reasons": _document(self.reasons()),
            "rules": _document(self.rules()),
            "channels": _document(self.channels()),
            "channel_answers": _document(self.channel_answers()),
            "limits": _document(self.limits()),
            "days": {day: _document(deltas) for day, deltas in reasons.items()},
            "days_asked": _document(self.days()),
            "asks_per_person": _document(self.asks_per_person()),
            "touchpoints_changed": self.touchpoints_changed,
            "changed": [_changed(kind) for kind in self.changed],
        }


def pair(was: Mapping[K, int], now: Mapping[K, int]) -> dict[K, Delta]:
    """Pair the counts of both, what is there now first, the largest first."""
    names = sorted({*was, *now}, key=lambda name: (-now.get(name, 0), -was.get(name, 0), str(name)))
    return {name: Delta(was.get(name, 0), now.get(name, 0)) for name in names}


def gather(days: Mapping[str, Delta], unit: Unit) -> dict[str, Delta]:
    """Add days up to longer periods."""
    gathered: dict[str, Delta] = {}
    for day, delta in days.items():
        period = period_of(day, unit)
        sum_so_far = gathered.get(period, Delta(0, 0))
        gathered[period] = Delta(sum_so_far.was + delta.was, sum_so_far.now + delta.now)
    return gathered


def _by_words(report: Report) -> dict[str, int]:
    return {words: report.stopped[place] + report.shifted[place] for place, words in report.limits.items()}


def _document(deltas: Mapping[Any, Delta]) -> dict[str, Any]:
    return {str(name): delta.document() for name, delta in deltas.items()}


def _changed(kind: Changed) -> dict[str, Any]:
    examples = [
        {
            "at": rfc3339(example.at),
            "person": example.person,
            "touchpoint": example.touchpoint,
            "was": _told(example.was),
            "is": _told(example.now),
        }
        for example in kind.examples
    ]
    return {"was": str(kind.was), "is": str(kind.now), "touchpoints": kind.touchpoints, "examples": examples}


def _told(told: Told) -> dict[str, Any]:
    return {**told.effect._asdict(), "rule": told.rule}


def _people(number: int) -> str:
    return f"{number:,} " + ("person" if number == 1 else "people")
