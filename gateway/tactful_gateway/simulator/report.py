"""What a simulation came to, counted as it goes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import to_builtins

from tactful_gateway.simulator.rejected.gather import RejectedParam
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.decision import Reason

_YES = frozenset({"asked", "sending", "deferred"})


class CameOut(NamedTuple):
    """What a decision is counted by; `new_ask` says whether a new ask was shown.

    `limit` is the entry of do-not-disturb that stopped it, had it wait or sent it over a later channel.
    """

    day: str
    rule: str | None
    reason: Reason
    channel: str | None
    new_ask: bool
    limit: str | None


class Report:
    """Counts decisions by reason, rule, channel and day; an ask shown again is a decision, but no further ask.

    What is sent is an ask when it was sent. `limits` maps each entry of do-not-disturb to its words; `stopped` are
    asks that did not come to be because of it, `shifted` those that it made wait or moved to a later channel.
    `rejected_params` is what reading the traffic found.
    """

    def __init__(self, limits: Mapping[str, str]) -> None:
        self.limits = limits
        self.stopped: Counter[str] = Counter()
        self.shifted: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.channel_answers: Counter[str] = Counter()
        self.channel_dismissals: Counter[str] = Counter()
        self.deferred = 0
        self.deferred_sent = 0
        self.deferred_ended: Counter[str] = Counter()
        self.waited_again = 0
        self.fallbacks = 0
        self.reminders = 0
        self.touchpoints = 0
        self.again = 0
        self.answers = 0
        self.dismissals = 0
        self.reasons: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.channels: Counter[str] = Counter()
        self.days: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.days_again: Counter[str] = Counter()
        self.rules_again: Counter[str] = Counter()
        self.days_asked: Counter[str] = Counter()
        self.days_answered: Counter[str] = Counter()
        self.rule_reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.persons: Counter[str] = Counter()
        self.rejected_params: tuple[RejectedParam, ...] = ()

    def count(self, outcome: CameOut, times: int = 1) -> None:
        """Count decisions that came out alike."""
        day, rule, reason, channel, new_ask, limit = outcome
        self.touchpoints += times
        self.reasons[reason] += times
        self.days[day][reason] += times
        if rule is not None:
            self.rule_reasons[rule][reason] += times
        self.count_limit(limit, shifted=reason in _YES, times=times)
        if new_ask:
            self.rules[rule or ""] += times
            self.channels[channel or ""] += times
            self.days_asked[day] += times
        elif reason == "asked":
            self.again += times
            self.days_again[day] += times
            self.rules_again[rule or ""] += times

    def count_limit(self, limit: str | None, *, shifted: bool, times: int = 1) -> None:
        """Count what an entry of do-not-disturb did, if one did anything."""
        if limit is not None:
            (self.shifted if shifted else self.stopped)[limit] += times

    def count_sent(self, day: str, record: InvitationRecord, reminder: int) -> None:
        """Count a message that was sent; a reminder is no further ask."""
        if reminder:
            self.reminders += 1
            return
        self.sent[record.channel] += 1
        self.fallbacks += record.fallback_of is not None
        self.rules[record.rule] += 1
        self.channels[record.channel] += 1
        self.days_asked[day] += 1
        self.persons[record.person] += 1

    def count_answer(self, day: str, channel: str) -> None:
        """Count an answer."""
        self.answers += 1
        self.channel_answers[channel] += 1
        self.days_answered[day] += 1

    def count_dismissal(self, channel: str) -> None:
        """Count a dismissal."""
        self.dismissals += 1
        self.channel_dismissals[channel] += 1

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
            "channel_answers": _falling(self.channel_answers),
            "channel_dismissals": _falling(self.channel_dismissals),
            "deferred": {
                "invitations": self.deferred,
                "sent": self.deferred_sent,
                "ended": _falling(self.deferred_ended),
                "waited_again": self.waited_again,
            },
            "fallbacks": self.fallbacks,
            "reminders": self.reminders,
            "limits": [
                {"limit": place, "says": words, "stopped": self.stopped[place], "shifted": self.shifted[place]}
                for place, words in self.limits.items()
            ],
            "persons": len(self.persons),
            "most_asks": self.most_asks,
            "rule_reasons": {rule: _falling(reasons) for rule, reasons in self.rule_reasons.items()},
            "days": {day: _falling(self.days[day]) for day in sorted(self.days)},
            "days_asked": dict(sorted(self.days_asked.items())),
            "days_answered": dict(sorted(self.days_answered.items())),
            "rejected_params": _falling(self._rejected_by_name()),
            "rejected_values": [to_builtins(rejected) for rejected in self.rejected_params],
        }

    def _rejected_by_name(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for rejected in self.rejected_params:
            counts[rejected.param] += rejected.visits
        return counts


def _falling(counts: Counter[str]) -> dict[str, int]:
    return dict(counts.most_common())
