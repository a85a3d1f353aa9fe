"""What a simulation came to, counted as it goes."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from tactful_rules.model.decision import Reason


class CameOut(NamedTuple):
    """What a decision is counted by; `new_ask` says whether it brought a new invitation."""

    day: str
    rule: str | None
    reason: Reason
    channel: str | None
    new_ask: bool


class Report:
    """Counts decisions by reason, rule, channel and day; an ask shown again is a decision, but no further ask."""

    def __init__(self) -> None:
        self.touchpoints = 0
        self.again = 0
        self.answers = 0
        self.dismissals = 0
        self.reasons: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.channels: Counter[str] = Counter()
        self.days: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.days_again: Counter[str] = Counter()
        self.days_asked: Counter[str] = Counter()
        self.days_answered: Counter[str] = Counter()
        self.rule_reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.persons: Counter[str] = Counter()
        self.rejected_params: Counter[str] = Counter()

    def count(self, outcome: CameOut, times: int = 1) -> None:
        """Count decisions that came out alike."""
        day, rule, reason, channel, new_ask = outcome
        self.touchpoints += times
        self.reasons[reason] += times
        self.days[day][reason] += times
        if rule is not None:
            self.rule_reasons[rule][reason] += times
        if new_ask:
            self.rules[rule or ""] += times
            self.channels[channel or ""] += times
            self.days_asked[day] += times
        elif reason == "asked":
            self.again += times
            self.days_again[day] += times

    @property
    def asks(self) -> int:
        """How many new invitations there were."""
        return sum(self.rules.values())

    @property
    def people_asked(self) -> int:
        """How many persons were asked at all."""
        return sum(1 for asks in self.persons.values() if asks)

    @property
    def most_asks(self) -> int:
        """How often the person was asked who was asked most."""
        return max(self.persons.values(), default=0)

    def asks_per_person(self) -> dict[int, int]:
        """Give how many persons were asked so many times, by the number of asks."""
        return dict(sorted(Counter(self.persons.values()).items()))

    def document(self) -> dict[str, Any]:
        """Give the report as JSON: the five keys that are promised, then more of the same."""
        return {
            "touchpoints": self.touchpoints,
            "reasons": _falling(self.reasons),
            "rules": _falling(self.rules),
            "channels": _falling(self.channels),
            "asks_per_person": {str(asks): persons for asks, persons in self.asks_per_person().items()},
            "again": self.again,
            "answers": self.answers,
            "dismissals": self.dismissals,
            "persons": len(self.persons),
            "most_asks": self.most_asks,
            "rule_reasons": {rule: _falling(reasons) for rule, reasons in self.rule_reasons.items()},
            "days": {day: _falling(self.days[day]) for day in sorted(self.days)},
            "days_asked": dict(sorted(self.days_asked.items())),
            "days_answered": dict(sorted(self.days_answered.items())),
            "rejected_params": _falling(self.rejected_params),
        }


def _falling(counts: Counter[str]) -> dict[str, int]:
    return dict(counts.most_common())
