"""Plays visits through the ledger's own steps over what it keeps in memory; what is due comes in between, in order.

Nobody is joined to anybody here, so a visit goes straight to deciding, with no id to be resolved first. No journal is
kept, so what it would tell is never put together. A message is accepted the moment it is to be sent.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import NamedTuple

from msgspec.structs import replace

from tactful_gateway.ledger.apply import apply
from tactful_gateway.ledger.apply.deciding import apply_decide
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.noticing import apply_notice
from tactful_gateway.ledger.commands import (
    Accepted,
    Command,
    Decide,
    Dispatch,
    Notice,
    Refused,
    Reply,
    Respond,
    Sent,
    Wake,
    Woken,
)
from tactful_gateway.simulator.limits import name_limits
from tactful_gateway.simulator.people import REACTION, People, Reaction
from tactful_gateway.simulator.report import CameOut, Report
from tactful_gateway.simulator.traffic.visit import Visit
from tactful_gateway.simulator.waiting import Waiting, is_looked_after
from tactful_gateway.store.base import Changes, State
from tactful_gateway.store.records import MEMORY, InvitationRecord, WakeUp
from tactful_gateway.survey import compile_ruleset
from tactful_rules.model.decision import Reason, Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.tact import local_date, next_unit_start, unit_start


class _Reacting(NamedTuple):
    """A reaction on its way, to what was shown or sent at an event."""

    reaction: Reaction
    invitation: InvitationRecord
    event_id: str


class Released(NamedTuple):
    """What was decided again on something that waited, or on a fallback."""

    at: Instant
    record: InvitationRecord
    verdict: Verdict


OnDecision = Callable[[Visit, Verdict], None]
OnRelease = Callable[[Released], None]


def _nobody_listens(_: Released) -> None:
    """Tell nobody of releases."""


class Simulation:
    """One run; `report` is whole when it was played. Its days are those of `zone`, the ruleset's own by default."""

    def __init__(self, ruleset: Ruleset, people: People, *, zone: tzinfo | None = None) -> None:
        self.report = Report(name_limits(ruleset.do_not_disturb))
        self._compiled = compile_ruleset(ruleset)
        self._zone = zone or self._compiled.zone
        self._people = people
        self._sent = frozenset(channel.id for channel in ruleset.channels.values() if not channel.on_screen)
        self._kept = State()
        self._waiting = Waiting(self.report)
        self._due: list[tuple[Instant, int, WakeUp | _Reacting]] = []
        self._called: set[WakeUp] = set()
        self._outcomes: dict[tuple[str, str | None, Reason, str | None, bool, str | None], int] = {}
        self._reacting: set[tuple[str, str]] = set()
        self._order = itertools.count()
        self._first: Visit | None = None
        self._same: dict[tuple[str, str], int] = {}
        self._closed: deque[tuple[Instant, str]] = deque()
        self._forget_at: Instant = 0
        self._today: tuple[Instant, Instant, str] = (0, 0, "")
        self._on_release: OnRelease = _nobody_listens

    def play(self, visits: Iterable[Visit], on_decision: OnDecision, on_release: OnRelease = _nobody_listens) -> Report:
        """Play visits, which come in order of time, and then what is still due; give the report."""
        self._on_release = on_release
        due = self._due
        for visit in visits:
            while due and due[0][0] <= visit.at:
                self._go_on()
            if visit.at >= self._forget_at:
                self._forget(visit.at)
            on_decision(visit, self._visit(visit))
        while due:
            self._go_on()
        for outcome, times in self._outcomes.items():
            self.report.count(CameOut(*outcome), times)
        self._outcomes.clear()
        return self.report

    def _visit(self, visit: Visit) -> Verdict:
        number = next(self._order)
        event = self._event(visit)
        # Nobody comes back with an id that was made up here.
        command = Decide(event, f"simulated-{number}", b"", rehearsed=not visit.event_id)
        if self._sent and visit.reach:
            command = replace(command, addresses=dict.fromkeys(self._sent.intersection(visit.reach), b"simulated"))
        draft = Draft(self._compiled, self._kept, visit.at)
        decided = apply_decide(draft, command)
        verdict = decided.verdict
        # What was remembered for its event id shows nothing: the caller merely asked twice.
        record = None if decided.remembered else decided.invitation
        new = record is not None and not verdict.again
        self._count(visit, verdict, new and verdict.ask)
        if record is not None and verdict.ask:
            self._show(draft, record)
            self._expect(record, event.event_id, "", visit.at)
        self._keep(draft.changes, visit.at)
        if new and verdict.reason == "deferred":
            self._waiting.add(command.invitation)
        return verdict

    def _show(self, draft: Draft, record: InvitationRecord) -> None:
        """Display what was decided, on the same draft: that takes less than one for each, and its changes kept."""
        shown = apply_notice(draft, Notice("displayed", record.person, record.id, record.rule))
        assert isinstance(shown, Accepted), "what is to be shown now may be displayed now"

    def _count(self, visit: Visit, verdict: Verdict, new_ask: bool) -> None:
        # A plain tuple: making it a named one takes as long as counting it.
        outcome = (self._day(visit.at), verdict.rule, verdict.reason, verdict.channel, new_ask, verdict.limit)
        self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1
        asks = self.report.persons
        asks[visit.person] = asks.get(visit.person, 0) + new_ask

    def _go_on(self) -> None:
        """Do what is due next."""
        at, _, what = heapq.heappop(self._due)
        if isinstance(what, WakeUp):
            self._wake(what, at)
        else:
            self._react(what, at)

    def _wake(self, wake_up: WakeUp, at: Instant) -> None:
        self._called.discard(wake_up)
        record = self._kept.invitations.get(wake_up.invitation)
        if record is None or record.status != "open" or not is_looked_after(record):
            return
        number = next(self._order)
        woken = self._submit(Wake(wake_up, f"simulated-{number}", number.to_bytes(32)), at)
        assert isinstance(woken, Woken), "a wake-up is never refused"
        verdict = woken.verdict
        # What goes at once is decided twice at one instant; the first time told it.
        at_once = record.not_before is None and bool(wake_up.lane)
        if verdict is not None and not (at_once and verdict.reason == "sending"):
            self._waiting.decided_again(verdict, released=bool(wake_up.lane))
            self._on_release(Released(at, record, verdict))
            if verdict.reason == "deferred" and not wake_up.lane:
                self._waiting.add(f"simulated-{number}")
        if woken.dispatch is not None:
            self._send(woken.dispatch, at)

    def _send(self, dispatch: Dispatch, at: Instant) -> None:
        record, number = dispatch.record, dispatch.reminder
        self._submit(Sent(record.person, record.id, record.rule, record.channel, number), at)
        self.report.count_sent(self._day(at), record, number)
        first = record.fallback_of is None and number == 0
        self._expect(record, record.event_id, "" if first else f"{record.channel}/{number}", at)

    def _expect(self, record: InvitationRecord, event_id: str, message: str, at: Instant) -> None:
        """Have the person react to a message a minute later, if that is what the person does, and once for each."""
        reaction = self._people.react(record.person, event_id, message)
        if reaction != "none" and (record.id, message) not in self._reacting:
            self._reacting.add((record.id, message))
            self._push(at + REACTION, _Reacting(reaction, record, event_id))

    def _react(self, due: _Reacting, at: Instant) -> None:
        record = due.invitation
        if due.reaction == "dismiss":
            reply = self._submit(Notice("dismissed", record.person, record.id, record.rule), at)
            if _happened(reply):
                self.report.count_dismissal(record.channel)
            return
        questionnaire = self._compiled.ruleset.questionnaires[record.questionnaire]
        answers = self._people.answer(questionnaire, record.params, record.person, due.event_id)
        respond = Respond(record.person, record.id, record.rule, questionnaire, answers, complete=True)
        reply = self._submit(respond, at)
        assert not (isinstance(reply, Refused) and reply.problems), "a simulated answer is always a valid one"
        if _happened(reply):
            self.report.count_answer(self._day(at), record.channel)

    def _submit(self, command: Command, at: Instant) -> Reply:
        outcome = apply(self._compiled, self._kept, command, at)
        self._keep(outcome.changes, at)
        return outcome.reply

    def _keep(self, changes: Changes, at: Instant) -> None:
        self._kept.take_in(changes)
        for record in changes.invitations.values():
            if record.closed_at is not None:
                self._closed.append((at, record.id))
        if self._sent:
            self._take_calls(changes, at)

    def _take_calls(self, changes: Changes, at: Instant) -> None:
        """Take in what a command asks to be woken for, and what became of what waits; on screen nothing does."""
        for wake_up in changes.wake_ups:
            if wake_up not in self._called and is_looked_after(self._kept.invitations[wake_up.invitation]):
                self._called.add(wake_up)
                # What was due before now is played now: the traffic's clock never goes back.
                self._push(max(wake_up.due, at), wake_up)
        if self._waiting:
            self._waiting.look_at(changes.invitations.values())

    def _push(self, at: Instant, what: WakeUp | _Reacting) -> None:
        heapq.heappush(self._due, (at, next(self._order), what))

    def _forget(self, at: Instant) -> None:
        """Drop once a day what nobody can come back to, so that long traffic stays small in memory, and fast.

        Open invitations are never looked at: most people don't come back, so there get to be many.
        """
        self._forget_at, old, kept, closed = at + MEMORY, at - MEMORY, self._kept, self._closed
        kept.decisions = {key: it for key, it in kept.decisions.items() if it.at >= old}
        while closed and closed[0][0] < old:
            kept.invitations.pop(closed.popleft()[1], None)

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
        first, same = self._first, self._same
        if first is None or visit.at != first.at:
            self._first = visit
            same.clear()
            return f"{visit.at}#1"
        if not same:  # the first alone is not counted: mostly no other comes
            same[first.person, first.touchpoint] = 1
        key = (visit.person, visit.touchpoint)
        number = same[key] = same.get(key, 0) + 1
        return f"{visit.at}#{number}"


def _happened(reply: Reply) -> bool:
    return isinstance(reply, Accepted) and not reply.duplicate
