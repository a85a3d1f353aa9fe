"""The words that all three forms of a simulation's report share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tactful_gateway.simulator.comparison import Comparison, Delta, pair
from tactful_gateway.simulator.effects import Told
from tactful_gateway.simulator.people import People
from tactful_gateway.simulator.rejected.gather import RejectedParam
from tactful_gateway.simulator.report import Report

SHOWN_AGAIN = "shown again"
"""An outcome beside the reasons: the reason is `asked`, but the headline counts new asks."""
ASKING = ("asked", "sending")
"""The outcomes that are asks."""
_TIMES = {0: "never", 1: "once", 2: "twice"}


TOTALS = {
    "people_asked": "people asked",
    "asks": "asks",
    "again": "shown again",
    "answers": "answers",
    "dismissals": "dismissals",
    "most_asks": "the most for one person",
}
"""What the numbers of a whole play are called."""


def outcomes(reasons: Mapping[str, int], again: int) -> Counter[str]:
    """Give the reasons with `asked` split into new asks and open invitations shown again."""
    return Counter({**reasons, "asked": reasons.get("asked", 0) - again, SHOWN_AGAIN: again}) + Counter()


def otherwise(report: Report, rule: str) -> str:
    """Say what a rule came to beside its new asks: `paused 3, shown again 1`."""
    came_out = outcomes(report.rule_reasons[rule], report.rules_again[rule])
    return ", ".join(f"{outcome} {count:,}" for outcome, count in came_out.most_common() if outcome not in ASKING)


def outcomes_compared(comparison: Comparison) -> dict[str, Delta]:
    """Give the outcomes of both plays, those that are most frequent now first."""
    was = outcomes(comparison.was.reasons, comparison.was.again)
    return pair(was, outcomes(comparison.now.reasons, comparison.now.again))


def waited(report: Report) -> dict[str, int]:
    """Give what became of the asks that had to wait, and how many fallbacks and reminders were sent, if any."""
    ended = {f"ended before: {why}": count for why, count in report.deferred_ended.most_common()}
    lines = {"sent later": report.deferred_sent, **ended, "waited again": report.waited_again}
    lines |= {"fallbacks": report.fallbacks, "reminders": report.reminders}
    return {name: count for name, count in lines.items() if count}


def waited_compared(comparison: Comparison) -> dict[str, Delta]:
    """Give what became of the asks that had to wait, in both plays."""
    return pair(waited(comparison.was), waited(comparison.now))


def count_out(number: int, word: str) -> str:
    """Write `1 ask`, `2,000 asks`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def times(number: int) -> str:
    """Write `never`, `once`, `twice`, `3 times`."""
    return _TIMES.get(number, f"{number} times")


def describe_people(people: People) -> str:
    """Say what was supposed of the people; a quota of answers or a pause after one comes to nothing without any."""
    answered, dismissed = f"{people.answer_rate:.0%}", f"{people.dismiss_rate:.0%}"
    return f"Of the asks shown or sent, {answered} are answered and {dismissed} dismissed (seed {people.seed})"


def describe_change(comparison: Comparison) -> str:
    """Say how many people and touchpoints are concerned."""
    touchpoints = count_out(comparison.now.touchpoints, "touchpoint")
    changed = f"{comparison.touchpoints_changed:,} of {touchpoints} come out otherwise."
    if not (comparison.gained or comparison.lost):
        return changed
    gained, lost = f"{comparison.gained:,} asked who were not asked before", f"{comparison.lost:,} not asked any more"
    return f"{gained}, {lost}; {changed}"


def describe_first(rejected: RejectedParam) -> str:
    """Say where a param broke its schema first, and what stood there."""
    return f"first on line {rejected.line}: {rejected.value}"


def describe_told(told: Told) -> str:
    """Say what one touchpoint came to and by which rule."""
    return f"{told.effect} ({told.rule})" if told.rule is not None else str(told.effect)
