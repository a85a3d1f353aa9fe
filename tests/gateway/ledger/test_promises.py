"""The ledger's promises under random use: a person is never asked too often, and no answer is lost or doubled."""

from __future__ import annotations

from collections import Counter
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from tactful_gateway.ledger.commands import Accepted, Decided
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HOLD
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tactful_rules.model.rule import Quota
from tests.gateway.ledger.world import World, finish, make_ruleset

PERSONS = st.sampled_from(["p", "q", "r"])
AFTER_ASKED, AFTER_DISMISSED = 2 * HOUR, 2 * DAY
CAP, CAPPED_PER = 2, 3 * DAY
LIMIT = 1
POLICY = DoNotDisturb(
    pauses=(Pause("asked", AFTER_ASKED), Pause("dismissed", AFTER_DISMISSED)), caps=(Cap(CAP, CAPPED_PER),)
)


class Ledger(RuleBasedStateMachine):
    """Random calls, signals, answers, opt-outs and time, beside a plain account of what they should come to."""

    events = Bundle("events")
    invitations = Bundle("invitations")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(make_ruleset(POLICY, Quota("answers", LIMIT, 2 * DAY), valid_for=8 * HOUR))
        self.asked: list[tuple[str, int]] = []
        self.dismissed: list[tuple[str, int]] = []
        self.answered: list[tuple[str, int]] = []
        self.counted: list[int] = []
        self.completed: Counter[str] = Counter()
        self.decisions = 0
        self.known: dict[tuple[str, str, str], tuple[int, Decided]] = {}

    @rule(target=invitations, person=PERSONS, touchpoint=st.sampled_from(["payment", "menu"]), event=st.integers(0, 9))
    def decide(self, person: str, touchpoint: str, event: int) -> Any:
        world, key = self.world, (person, touchpoint, f"e{event}")
        before = self.journal_length(), finish(world.store.counts())
        out = "*" in world.state(person).opted_out
        held = len([end for end in world.quota().held.values() if end > world.now])
        decided = world.decide(person, touchpoint, event_id=f"e{event}")
        if key in self.known and world.now < self.known[key][0] + DAY:
            assert decided.verdict == self.known[key][1].verdict
            assert (self.journal_length(), finish(world.store.counts())) == before
            return multiple()
        self.decisions += 1
        self.known[key] = world.now, decided
        if not decided.verdict.ask:
            return multiple()
        assert decided.invitation is not None
        assert decided.invitation.status == "open"
        if not decided.verdict.again:
            self.may_be_asked(person, touchpoint, held, out)
        return decided.invitation

    def may_be_asked(self, person: str, touchpoint: str, held: int, out: bool) -> None:
        now = self.world.now
        assert not out
        assert all(now >= at + AFTER_ASKED for who, at in self.asked if who == person)
        assert all(now >= at + AFTER_DISMISSED for who, at in self.dismissed if who == person)
        assert sum(who == person and at > now - CAPPED_PER for who, at in self.asked) < CAP
        if touchpoint == "payment":
            assert sum(at > now - 2 * DAY for at in self.counted) + held < LIMIT

    @rule(record=invitations)
    def display(self, record: InvitationRecord) -> None:
        before = self.world.record(record)
        reply = self.world.notice(record, "displayed")
        if before.displayed_at is None:
            fresh = self.world.now < before.decided_at + HOLD and before.status == "open"
            assert isinstance(reply, Accepted) == fresh
        self.note(before)

    @rule(record=invitations)
    def dismiss(self, record: InvitationRecord) -> None:
        before = self.world.record(record)
        self.world.notice(record, "dismissed")
        self.note(before)

    @rule(record=invitations, score=st.integers(1, 5), complete=st.booleans(), rev=st.integers(0, 4) | st.none())
    def answer(self, record: InvitationRecord, score: int, complete: bool, rev: int | None) -> None:
        before = self.world.record(record)
        length = self.journal_length()
        reply = self.world.respond(record, {"score": score}, complete=complete, rev=rev)
        if isinstance(reply, Accepted) and complete and not reply.duplicate:
            self.completed[record.id] += 1
        if not isinstance(reply, Accepted) or reply.duplicate:
            assert self.journal_length() == length
        self.note(before)
        if isinstance(reply, Accepted):
            replayed = self.world.respond(record, {"score": score}, complete=complete, rev=rev)
            assert isinstance(replayed, Accepted)
            assert replayed.duplicate or not (complete or rev is not None)

    @rule(record=consumes(invitations))
    def forget_about(self, record: InvitationRecord) -> None:
        """The person leaves the page."""

    @rule(person=PERSONS, channel=st.sampled_from(["app", "web", "*"]))
    def opt_out(self, person: str, channel: str) -> None:
        self.world.opt_out(channel, person=person)
        assert self.world.opt_out(channel, person=person).duplicate

    @rule(span=st.sampled_from([1, MINUTE, HOLD - 1, HOLD, 2 * HOUR, 20 * HOUR, 3 * DAY]))
    def wait(self, span: int) -> None:
        self.world.now += span

    def note(self, before: InvitationRecord) -> None:
        """Keep our own account of what has just become of an invitation."""
        after = self.world.record(before)
        if before.displayed_at is None and after.displayed_at is not None:
            self.asked.append((after.person, self.world.now))
        if before.status != "dismissed" and after.status == "dismissed":
            self.dismissed.append((after.person, self.world.now))
        if before.answered_at is None and after.answered_at is not None:
            self.answered.append((after.person, self.world.now))
            if after.rule == "ask-payment":
                self.counted.append(self.world.now)
        if after.status != "open":
            assert all(
                entry.id != after.id or after.status == "expired" for entry in self.world.state(after.person).open
            )

    def journal_length(self) -> int:
        return finish(self.world.store.head())

    @invariant()
    def at_most_one_invitation_is_open(self) -> None:
        # One that ran out stays listed until the person's next call, which takes it off.
        for person in ("p", "q", "r"):
            assert len(self.world.state(person).open) <= 1

    @invariant()
    def the_state_agrees_with_our_account(self) -> None:
        for person in ("p", "q", "r"):
            state = self.world.state(person)
            assert state.asks == sum(who == person for who, _ in self.asked)
            assert state.answers == sum(who == person for who, _ in self.answered)
            assert list(state.history) == sorted(state.history, key=lambda event: event.at)

    @invariant()
    def every_acknowledged_answer_is_in_the_journal_once(self) -> None:
        told = Counter(event["data"]["invitation"] for event in self.world.events("response.completed"))
        assert told == self.completed
        assert set(told.values()) <= {1}

    @invariant()
    def every_decision_is_counted_once(self) -> None:
        assert sum(finish(self.world.store.counts()).values()) == self.decisions


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
