"""Plays visits through the ledger's own `apply` over what it keeps in memory; due reactions come in between, in order.

No journal is kept, so what it would tell is never put together.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import NamedTuple

from tactful_gateway.ledger.apply import apply
from tactful_gateway.ledger.commands import Accepted, Command, Decide, Decided, Notice, Refused, Reply, Respond
from tactful_gateway.simulator.people import REACTION, People, Reaction
from tactful_gateway.simulator.report import CameOut, Report
from tactful_gateway.simulator.traffic.visit import Visit
from tactful_gateway.store.base import State
from tactful_gateway.store.records import MEMORY, InvitationRecord
from tactful_gateway.survey.compiling import compile_ruleset
from tactful_rules.model.decision import Reason, Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant, rfc3339
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.tact import local_date, next_unit_start, unit_start


class _Due(NamedTuple):
    """A reaction on its way."""

    at: Instant
    order: int
    reaction: Reaction
    invitation: InvitationRecord
    event_id: str


OnDecision = Callable[[Visit, Verdict], None]


class Simulation:
    """One run; `report` is whole when it was played. Its days are those of `zone`, the ruleset's own by default."""

    def __init__(self, ruleset: Ruleset, people: People, *, zone: tzinfo | None = None) -> None:
        self.report = Report()
        self._compiled = compile_ruleset(ruleset)
        self._zone = zone or self._compiled.zone
        self._people = people
        self._kept = State()
        self._due: list[_Due] = []
        self._outcomes: dict[tuple[str, str | None, Reason, str | None, bool], int] = {}
        self._reacting: set[str] = set()
        self._order = itertools.count()
        self._same: dict[tuple[str, str, Instant], int] = {}
        self._forget_at: Instant = 0
        self._today: tuple[Instant, Instant, str] = (0, 0, "")

    def play(self, visits: Iterable[Visit], on_decision: OnDecision) -> Report:
        """Play visits, which come in order of time, and then what is still due; give the report."""
        for visit in visits:
            while self._due and self._due[0].at <= visit.at:
                self._react(heapq.heappop(self._due))
            if visit.at >= self._forget_at:
                self._forget(visit.at)
            on_decision(visit, self._visit(visit))
        while self._due:
            self._react(heapq.heappop(self._due))
        for outcome, times in self._outcomes.items():
            self.report.count(CameOut(*outcome), times)
        self._outcomes.clear()
        return self.report

    def _visit(self, visit: Visit) -> Verdict:
        number = next(self._order)
        event = self._event(visit)
        command = Decide(event, f"simulated-{number}", number.to_bytes(32))
        decided = self._submit(command, visit.at)
        assert isinstance(decided, Decided), "a decision is never refused"
        verdict, record = decided.verdict, decided.invitation
        new_ask = record is not None and record.id == command.invitation
        self._count(visit, verdict, new_ask)
        # A decision that was remembered for its event id shows nothing: the caller merely asked twice.
        if record is not None and verdict.ask and not decided.remembered and record.on_screen:
            self._show(record, event, visit.at)
        return verdict

    def _count(self, visit: Visit, verdict: Verdict, new_ask: bool) -> None:
        # A plain tuple: making it a named one takes as long as counting it.
        outcome = (self._day(visit.at), verdict.rule, verdict.reason, verdict.channel, new_ask)
        self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1
        asks = self.report.persons
        asks[visit.person] = asks.get(visit.person, 0) + new_ask
        if visit.rejected:
            self.report.rejected_params.update(visit.rejected)

    def _show(self, record: InvitationRecord, event: Event, at: Instant) -> None:
        self._submit(Notice("displayed", record.person, record.id, record.rule), at)
        reaction = self._people.react(event.person, event.event_id)
        if reaction != "none" and record.id not in self._reacting:
            self._reacting.add(record.id)
            heapq.heappush(self._due, _Due(at + REACTION, next(self._order), reaction, record, event.event_id))

    def _react(self, due: _Due) -> None:
        record = due.invitation
        if due.reaction == "dismiss":
            reply = self._submit(Notice("dismissed", record.person, record.id, record.rule), due.at)
            self.report.dismissals += _happened(reply)
            return
        questionnaire = self._compiled.ruleset.questionnaires[record.questionnaire]
        answers = self._people.answer(questionnaire, record.params, record.person, due.event_id)
        respond = Respond(record.person, record.id, record.rule, questionnaire, answers, complete=True)
        reply = self._submit(respond, due.at)
        assert not (isinstance(reply, Refused) and reply.problems), "a simulated answer is always a valid one"
        if _happened(reply):
            self.report.answers += 1
            self.report.days_answered[self._day(due.at)] += 1

    def _submit(self, command: Command, at: Instant) -> Reply:
        outcome = apply(self._compiled, self._kept, command, at)
        self._kept.take_in(outcome.changes)
        return outcome.reply

    def _forget(self, at: Instant) -> None:
        """Drop remembered decisions once a day, so that long traffic stays small in memory."""
        self._forget_at = at + MEMORY
        self._kept.decisions = {key: kept for key, kept in self._kept.decisions.items() if kept.at >= at - MEMORY}
        self._same.clear()

    def _day(self, at: Instant) -> str:
        start, end, name = self._today
        if not start <= at < end:
            start, end = unit_start("day", at, self._zone), next_unit_start("day", at, self._zone)
            name = local_date(at, self._zone).isoformat()
            self._today = start, end, name
        return name

    def _event(self, visit: Visit) -> Event:
        return Event(
            touchpoint=visit.touchpoint,
            person=visit.person,
            event_id=visit.event_id or self._event_id(visit),
            params=visit.params,
            rejected_params=visit.rejected,
            traits=visit.traits,
            device=visit.device,
            page=visit.page,
            reach=visit.reach,
            timezone=visit.timezone,
        )

    def _event_id(self, visit: Visit) -> str:
        """Make an id of the time, numbered within it: the same traffic gives the same ids in whatever order it came."""
        key = (visit.person, visit.touchpoint, visit.at)
        number = self._same[key] = self._same.get(key, 0) + 1
        return f"{visit.at}#{number}"


def _happened(reply: Reply) -> bool:
    return isinstance(reply, Accepted) and not reply.duplicate


def decision_line(visit: Visit, verdict: Verdict) -> dict[str, object]:
    """Give one line of the decisions file."""
    return {
        "at": rfc3339(visit.at),
        "person": visit.person,
        "touchpoint": visit.touchpoint,
        "reason": verdict.reason,
        "rule": verdict.rule,
        "questionnaire": verdict.questionnaire,
        "channel": verdict.channel,
        "again": verdict.again,
        "not_before": None if verdict.not_before is None else rfc3339(verdict.not_before),
    }
