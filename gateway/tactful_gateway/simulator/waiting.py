"""What waits in a simulation, and what becomes of it: sent in the end, cancelled by what, or made to wait again."""

from __future__ import annotations

from collections.abc import Iterable

from tactful_gateway.simulator.report import Report
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.decision import Verdict


def is_looked_after(record: InvitationRecord) -> bool:
    """Tell whether time does anything to an invitation that its person's next call would not find out by itself.

    On screen that is a fallback alone: holds and expiry end what is over whenever somebody looks.
    """
    return not record.on_screen or (record.fallback_at is not None and record.displayed_at is None)


class Waiting:
    """The invitations that wait for their release; false when there are none, which most rulesets never have."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._ids: set[str] = set()

    def __bool__(self) -> bool:
        """Tell whether any waits."""
        return bool(self._ids)

    def add(self, invitation: str) -> None:
        """Note one that has to wait."""
        self._ids.add(invitation)
        self._report.deferred += 1

    def decided_again(self, verdict: Verdict, *, released: bool) -> None:
        """Count what was decided again, on a release or on a fallback."""
        if verdict.reason == "deferred":
            self._report.waited_again += released
            self._report.count_limit(verdict.limit, shifted=True)
        elif verdict.reason != "sending":
            self._report.count_limit(verdict.limit, shifted=False)

    def look_at(self, records: Iterable[InvitationRecord]) -> None:
        """Count those that were sent, or ended before."""
        for record in records:
            if record.id not in self._ids:
                continue
            if record.sent_at is not None:
                self._report.deferred_sent += 1
            elif record.status != "open":
                self._report.deferred_ended[record.why or record.status] += 1
            else:
                continue
            self._ids.discard(record.id)
