"""What came in and what became of it, in numbers that balance at every moment.

received = accepted + duplicate + rejected + under way. What is under way is the difference: at rest it is 0, or
something was lost. Everything here is counted on the event loop, so that a copy made there balances, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from tactful_gateway.ledger.commands import (
    Alias,
    Command,
    Decide,
    Decided,
    Feedback,
    Notice,
    OptIn,
    OptOut,
    Refused,
    Reply,
    Report,
    Respond,
)
from tactful_gateway.ledger.errors import AbandonedError, LedgerBusyError
from tactful_gateway.store.base import StoreUnavailableError

IntakeKind = Literal["touchpoint", "response", "signal", "feedback", "preference", "alias", "report"]

ABANDONED = "abandoned"
"""The reason where whoever wanted something went away before it could be done."""
KINDS: dict[type, IntakeKind] = {
    Decide: "touchpoint",
    Respond: "response",
    Notice: "signal",
    Feedback: "feedback",
    OptOut: "preference",
    OptIn: "preference",
    Alias: "alias",
    Report: "report",
}
"""What comes from outside and may become fact. The schedule's own commands, looks and publications are no intake."""


class Counts(Struct, frozen=True):
    """A copy of all counts at one moment; `rejected` by kind and reason."""

    received: dict[IntakeKind, int]
    accepted: dict[IntakeKind, int]
    duplicate: dict[IntakeKind, int]
    rejected: dict[tuple[IntakeKind, str], int]
    under_way: dict[IntakeKind, int]


class Intake:
    """Counts what is received where it arrives, and its one outcome where that is known."""

    def __init__(self) -> None:
        self._received: Counter[IntakeKind] = Counter()
        self._accepted: Counter[IntakeKind] = Counter()
        self._duplicate: Counter[IntakeKind] = Counter()
        self._rejected: Counter[tuple[IntakeKind, str]] = Counter()

    def receive(self, kind: IntakeKind, number: int = 1) -> None:
        """Count what arrived; a negative number takes back what turned out to be a rehearsal."""
        self._received[kind] += number

    def reject(self, kind: IntakeKind, reason: str) -> None:
        """Count what was refused before it became a command, by the code that says why."""
        self._rejected[kind, reason] += 1

    def settle(self, commands: Sequence[Command], outcomes: Sequence[Reply | Exception]) -> None:
        """Count what became of each command."""
        for command, outcome in zip(commands, outcomes, strict=True):
            kind = KINDS.get(type(command))
            if kind is None or (kind == "feedback" and command.dry_run):  # type: ignore[union-attr]  # a Feedback
                continue
            if isinstance(outcome, Exception):
                self._rejected[kind, reason_of(outcome)] += 1
            elif isinstance(outcome, Refused):
                self._rejected[kind, outcome.code] += 1
            elif outcome.remembered if isinstance(outcome, Decided) else outcome.duplicate:  # type: ignore[union-attr]
                self._duplicate[kind] += 1
            else:
                self._accepted[kind] += 1

    def counts(self) -> Counts:
        """Copy all counts."""
        under_way = Counter(self._received)
        under_way.subtract(self._accepted)
        under_way.subtract(self._duplicate)
        for (kind, _), number in self._rejected.items():
            under_way[kind] -= number
        return Counts(
            dict(self._received), dict(self._accepted), dict(self._duplicate), dict(self._rejected), dict(under_way)
        )


def reason_of(error: Exception) -> str:
    """Give the code under which a command that came to nothing is counted; callers are told the same one."""
    if isinstance(error, StoreUnavailableError):
        return "store_unavailable"
    if isinstance(error, LedgerBusyError):
        return "busy"
    return ABANDONED if isinstance(error, AbandonedError) else "internal_error"
