"""The real ledger and the naive one side by side: each command goes to both, and both must say the same.

A counter-example is a few lines of calls to `Both`; `test_pinned.py` keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Literal

from tactful_gateway.ledger.commands import (
    Accepted,
    Alias,
    Decide,
    Decided,
    Notice,
    NotSent,
    OptIn,
    OptOut,
    Refused,
    Respond,
    Sent,
    Wake,
    Woken,
)
from tactful_gateway.store.records import WakeUp
from tactful_rules.model.event import Event
from tactful_rules.model.ids import SECOND, Instant, Span
from tactful_rules.model.ruleset import Ruleset
from tests.gateway.naive.agreement import agree
from tests.gateway.naive.promises import Promises
from tests.gateway.naive.reading.deciding import Said
from tests.gateway.naive.reading.facts import Invitation, Log
from tests.gateway.naive.reading.joining import Naive
from tests.gateway.naive.surveys import CHANNELS, QUESTIONNAIRES
from tests.gateway.naive.world import World

Provider = Literal["takes", "refuses", "is busy", "says wait", "hangs"]
LANES = ("", *CHANNELS)
ENOUGH = 200
"""Rounds after which wake-ups that call for wake-ups at the same instant are taken for endless."""


class Both:
    """Two ledgers, one clock."""

    def __init__(self, rulesets: Sequence[Ruleset], now: Instant, path: Path | None = None) -> None:
        self.rulesets = rulesets
        self.real = World(rulesets[0], now, path)
        self.naive = Naive(Log(rulesets[0]))
        self.promises = Promises(self.naive.log)
        self.providers: dict[str, Provider] = {}
        self.hanging: list[tuple[Invitation, str, int, int]] = []
        self._names = (f"i{number}" for number in count(1))

    @property
    def now(self) -> Instant:
        """Give the instant at which the clock stands."""
        return self.real.clock.at

    def visit(self, person: str, touchpoint: str, event_id: str, **event: Any) -> Said:
        """Call a touchpoint."""
        name = next(self._names)
        happens = Event(person=person, touchpoint=touchpoint, event_id=event_id, **event)
        said, before = self.naive.visit(happens, name, self.now)
        sealed = {it: b"sealed" for it, at in (happens.reach or {}).items() if isinstance(at, str)}
        reply = self.real.do(Decide(happens, name, lookup(name), addresses=sealed))
        assert isinstance(reply, Decided), reply
        verdict = reply.verdict
        theirs = Said(
            verdict.reason,
            verdict.rule,
            verdict.questionnaire,
            verdict.channel,
            verdict.again,
            verdict.not_before,
            verdict.expires_at,
            verdict.invitation,
            tuple(sorted(verdict.supersedes)),
        )
        ours = said._replace(supersedes=tuple(sorted(said.supersedes)))
        assert theirs == ours, f"the ledger says {theirs}, the list says {ours}"
        assert reply.remembered == before
        if not before:
            self.promises.decided(happens, said, self.now)
        return said

    def display(self, one: Invitation) -> str:
        """Show an invitation."""
        return self._notice("displayed", one, self.naive.display(one, self.now))

    def open(self, one: Invitation) -> str:
        """Open a link."""
        return self._notice("opened", one, self.naive.open(one, self.now))

    def dismiss(self, one: Invitation) -> str:
        """Say no to an invitation."""
        return self._notice("dismissed", one, self.naive.dismiss(one, self.now))

    def _notice(self, signal: Any, one: Invitation, expected: str) -> str:
        assert self._said(self.real.do(Notice(signal, one.person, one.id, one.rule))) == expected
        return expected

    def answer(self, one: Invitation, score: int = 5, *, complete: bool = True) -> str:
        """Send an answer."""
        answers = {"score": score}
        expected = self.naive.answer(one, answers, complete, self.now)
        questionnaire = QUESTIONNAIRES[one.questionnaire]
        reply = self.real.do(Respond(one.person, one.id, one.rule, questionnaire, answers, complete))
        assert self._said(reply) == expected
        return expected

    def opt_out(self, person: str, *channels: str) -> None:
        """Have a person want to be left alone."""
        expected = self.naive.opt_out(person, channels, self.now)
        assert self._said(self.real.do(OptOut(person, channels))) == expected

    def opt_in(self, person: str, *channels: str) -> None:
        """Have a person take it back."""
        expected = self.naive.opt_in(person, channels, self.now)
        assert self._said(self.real.do(OptIn(person, channels))) == expected

    def join(self, anonymous: str, person: str) -> None:
        """Have an anonymous id turn out to be a person's."""
        expected = self.naive.join(anonymous, person, self.now)
        assert self._said(self.real.do(Alias(anonymous, person))) == expected

    def change_rules(self, number: int) -> None:
        """Put another of the rulesets in force."""
        self.naive.log.ruleset = self.rulesets[number % len(self.rulesets)]
        self.real.activate(self.naive.log.ruleset)

    def wait(self, span: Span) -> None:
        """Let time pass, the scheduler looking whenever something is due."""
        end = self.now + span
        while True:
            waiting = [row.due for lane in LANES for row in self.real.due(lane, end)[:1]]
            if not waiting:
                break
            self.real.clock.at = max(self.now, min(waiting))
            self.run_due()
        self.real.clock.at = end

    def sleep(self, span: Span) -> None:
        """Let time pass while the scheduler stands still."""
        self.real.clock.at += span

    def run_due(self) -> None:
        """Have the scheduler do all that is due now; afterwards nobody may be waiting to be looked at."""
        for _ in range(ENOUGH):
            rows = [row for lane in LANES for row in self._due(lane)]
            for row in rows:
                self._wake(row)
            if not rows:
                break
        else:
            raise AssertionError("the wake-ups never end")
        assert self.naive.due(self.now) == []

    def _due(self, lane: str) -> list[WakeUp]:
        rows = self.real.due(lane, self.now)
        assert [row.due for row in rows] == sorted(row.due for row in rows)
        return rows

    def _wake(self, row: WakeUp) -> None:
        new = next(self._names)
        one = self.naive.log.invitation(row.invitation)
        expected = self.naive.wake(one, row.lane, new, self.now)
        reply = self.real.do(Wake(row, new, lookup(new)))
        assert isinstance(reply, Woken), reply
        dispatch = reply.dispatch
        said = dispatch.reminder if dispatch is not None else None
        assert said == expected, f"the ledger sends {said}, the list {expected}, of {row}: {one}"
        if dispatch is None or expected is None:
            return
        assert (dispatch.record.id, dispatch.record.channel) == (one.id, row.lane)
        assert set(dispatch.record.addresses) >= {row.lane}
        self.promises.dispatched(one, expected, self.now)
        self.provide(one, expected)

    def provide(self, one: Invitation, reminder: int) -> None:
        """Have the provider of an invitation's channel do what it does today."""
        match self.providers.get(one.channel, "takes"):
            case "takes":
                self.taken(one, reminder)
            case "refuses":
                self.refused(one, reminder, final=True)
            case "is busy":
                self.refused(one, reminder)
            case "says wait":
                self.refused(one, reminder, wish=100 * SECOND)
            case "hangs":
                self.hanging.append((one, one.channel, reminder, one.attempts))

    def taken(self, one: Invitation, reminder: int, channel: str | None = None) -> None:
        """Tell that the provider of a channel, its own if none is given, took a message."""
        channel = channel or one.channel
        self.naive.sent(one, reminder, channel, self.now)
        self.promises.taken(one, reminder)
        reply = self.real.do(Sent(one.person, one.id, one.rule, channel, reminder, f"m-{one.id}-{reminder}"))
        assert isinstance(reply, Accepted), reply

    def refused(
        self,
        one: Invitation,
        reminder: int,
        *,
        channel: str | None = None,
        attempt: int | None = None,
        final: bool = False,
        wish: Span | None = None,
    ) -> None:
        """Tell that it did not; `channel` and `attempt` are the latest ones if not given."""
        new = next(self._names)
        attempt = one.attempts if attempt is None else attempt
        channel = channel or one.channel
        self.naive.not_sent(one, channel, reminder, attempt, final, wish, new, self.now)
        reply = self.real.do(
            NotSent(
                person=one.person,
                invitation=one.id,
                rule=one.rule,
                channel=channel,
                reminder=reminder,
                attempt=attempt,
                error="busy",
                final=final,
                retry_after=wish,
                chance=0.5,
                fallback=new,
                lookup=lookup(new),
            )
        )
        assert isinstance(reply, Accepted), reply

    def agree(self) -> None:
        """Compare all that is kept with what the list says."""
        agree(self.real, self.naive, self.now)
        self.promises.hold(self.now)

    @staticmethod
    def _said(reply: Any) -> str:
        if isinstance(reply, Refused):
            return "refused"
        assert isinstance(reply, Accepted), reply
        return "duplicate" if reply.duplicate else "accepted"


def lookup(name: str) -> bytes:
    """Give what stands for the token's hash."""
    return sha256(name.encode()).digest()
