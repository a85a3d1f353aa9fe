"""Whatever is done under which ids and however they are joined: one person is never asked more than the policy allows.

The account kept here knows nothing of states and stores: a list of asks, and which id is whose by now.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from tactful_gateway.ledger.commands import Accepted, Dispatch, Refused
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HOLD, PersonState
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tests.gateway.ledger.schedule.post import REACH, Post, steps
from tests.gateway.ledger.world import SURVEY

IDS = ("p", "q", "anon-1", "anon-2")
PAUSE, AFTER_DISMISSED = 6 * HOUR, 2 * DAY
CAP, CAPPED_PER = 2, 3 * DAY
RULESET = Ruleset(
    touchpoints={name: Touchpoint(id=name) for name in ("payment", "menu")},
    rules=(
        Rule(id="ask-payment", at=("payment",), channels=steps("web", ("sms", 2 * HOUR)), variants=(Variant("csat"),)),
        Rule(id="ask-menu", at=("menu",), channels=steps("email", "web"), variants=(Variant("csat"),), delay=HOUR),
    ),
    questionnaires={"csat": SURVEY},
    channels={"web": Channel("web", "widget"), "email": Channel("email", "http"), "sms": Channel("sms", "http")},
    do_not_disturb=DoNotDisturb(
        pauses=(Pause("asked", PAUSE), Pause("dismissed", AFTER_DISMISSED)), caps=(Cap(CAP, CAPPED_PER),)
    ),
)
Event = tuple[str, str]


class Happened(NamedTuple):
    """Something that happened to whoever this id is."""

    person: str
    at: int
    event: Event


class OnePerson(RuleBasedStateMachine):
    """Random life under five ids, of which some turn out to be the same."""

    invitations = Bundle("invitations")
    messages = Bundle("messages")

    def __init__(self) -> None:
        super().__init__()
        self.world = Post(RULESET)
        self.whose = dict(zip(IDS, IDS, strict=True))
        self.asked: list[Happened] = []
        self.dismissed: list[Happened] = []
        self.decided: dict[Event, list[tuple[str, int]]] = {}
        self.out: dict[str, set[str]] = {person: set() for person in IDS}
        self.under_way_at_a_join: set[str] = set()
        self.on_the_way: dict[str, InvitationRecord] = {}

    @rule(
        target=invitations,
        person=st.sampled_from(IDS),
        touchpoint=st.sampled_from(["payment", "menu"]),
        event=st.integers(0, 5),
        reach=st.sampled_from([REACH, {"web": True}, {"email": "a@example.com"}]),
    )
    def decide(self, person: str, touchpoint: str, event: int, reach: dict[str, bool | str]) -> Any:
        world, key = self.world, (touchpoint, f"e{event}")
        before = [at for who, at in self.decided.get(key, ()) if self.is_same(who, person) and world.now < at + DAY]
        decided = world.decide(person, touchpoint, event_id=key[1], reach=reach)
        assert decided.remembered == bool(before)
        if not decided.remembered:
            self.decided.setdefault(key, []).append((person, world.now))
        record = decided.invitation
        if record is None:
            return multiple()
        assert self.is_same(record.person, person)
        if record.decided_at == world.now and not decided.remembered and not decided.verdict.again:
            self.may_be_asked(record)
        return record

    @rule(record=invitations)
    def display(self, record: InvitationRecord) -> None:
        before = self.world.record(record)
        if not before.on_screen and before.sent_at is None:
            return  # nobody has the link
        reply = self.world.notice(record, "displayed")
        if before.displayed_at is None and before.sent_at is None and isinstance(reply, Accepted):
            self.may_be_asked(before)
            self.has_been_asked(before)

    @rule(record=invitations)
    def dismiss(self, record: InvitationRecord) -> None:
        before = self.world.record(record)
        if before.displayed_at is not None:
            self.world.notice(record, "dismissed")
            if before.status == "open" and self.world.record(record).status == "dismissed":
                self.dismissed.append(self.happened(before, self.world.record(record).closed_at))

    @rule(record=invitations, score=st.integers(1, 5))
    def answer(self, record: InvitationRecord, score: int) -> None:
        before = self.world.record(record)
        if before.on_screen or before.sent_at is not None:
            reply = self.world.respond(record, {"score": score})
            if isinstance(reply, Accepted) and before.displayed_at is None and before.sent_at is None:
                self.has_been_asked(before)  # a hold that ran out was seen after all: what was answered is kept

    @rule(person=st.sampled_from(IDS), event=st.integers(6, 9))
    def answer_at_once(self, person: str, event: int) -> None:
        record = self.decide(person, "payment", event, {"web": True})
        if isinstance(record, InvitationRecord):
            self.display(record)
            self.answer(record, 5)

    @rule(target=messages)
    def wake(self) -> Any:
        """Schedulers run; what they give out must be allowed at that moment."""
        made = self.world.run()
        for dispatch in made:
            if dispatch.record.attempts == 1:
                self.may_be_asked(dispatch.record)
            self.on_the_way[dispatch.record.id] = dispatch.record
        return multiple(*made)

    @rule(dispatch=consumes(messages), how=st.sampled_from(["accepted", "later", "never", "lost"]))
    def hear_of(self, dispatch: Dispatch, how: str) -> None:
        before = self.world.by_id(dispatch.record.id)
        if how == "accepted":
            self.world.accept(dispatch)
            if before.sent_at is None and before.displayed_at is None:
                self.has_been_asked(before)
        elif how != "lost":
            self.world.refuse(dispatch, final=how == "never")
        if how != "lost":
            self.on_the_way.pop(dispatch.record.id, None)

    @rule(anonymous=st.sampled_from(IDS), person=st.sampled_from(IDS))
    def alias(self, anonymous: str, person: str) -> None:
        world, one, other = self.world, self.whose[anonymous], self.whose[person]
        before = [world.state(it) for it in IDS], len(world.events())
        reply = world.alias(anonymous, person)
        if one == other:
            assert reply == (Refused("joined_the_other_way") if anonymous == one else Accepted(duplicate=True))
        elif anonymous != one:
            assert reply == Refused("already_joined")
        else:
            assert reply == Accepted()
            self.under_way_at_a_join |= self.on_the_way.keys()
            self.whose = {it: other if whose == one else whose for it, whose in self.whose.items()}
            self.out[other] |= self.out[one]
            for entry in self.state(person).open:
                if entry.displayed_at is None and entry.on_screen and world.now < entry.decided_at + HOLD:
                    self.may_be_asked(world.by_id(entry.id))  # a page may display it at any moment
            return
        assert ([world.state(it) for it in IDS], len(world.events())) == before

    @rule(person=st.sampled_from(IDS), channel=st.sampled_from(["web", "sms"]), back=st.booleans())
    def wish(self, person: str, channel: str, back: bool) -> None:
        out = self.out[self.whose[person]]
        if back:
            self.world.opt_in("*", person=person)
            out.clear()
        else:
            self.world.opt_out(channel, person=person)
            out.add(channel)
            assert all(entry.channel != channel for entry in self.state(person).open)

    @rule(span=st.sampled_from([1, MINUTE, HOLD, HOUR, 2 * HOUR, PAUSE, DAY, 3 * DAY]))
    def wait(self, span: int) -> None:
        self.world.now += span

    def may_be_asked(self, record: InvitationRecord) -> None:
        """Judge an ask by all that happened to the person, whichever id it happened under."""
        person, now = self.whose[record.person], self.world.now
        assert record.channel not in self.out[person]
        if record.id in self.under_way_at_a_join:
            return  # it could not be called back
        event = record.touchpoint, record.event_id
        before = [it.at for it in self.asked if self.whose[it.person] == person and it.event != event]
        assert all(now >= at + PAUSE for at in before)
        assert sum(at > now - CAPPED_PER for at in before) < CAP
        said_no = [it.at for it in self.dismissed if self.whose[it.person] == person]
        assert all(now >= at + AFTER_DISMISSED for at in said_no)

    def has_been_asked(self, record: InvitationRecord) -> None:
        self.asked.append(self.happened(record, self.world.now))

    def happened(self, record: InvitationRecord, at: int | None) -> Happened:
        assert at is not None
        return Happened(record.person, at, (record.touchpoint, record.event_id))

    def is_same(self, one: str, other: str) -> bool:
        return self.whose[one] == self.whose[other]

    def state(self, person: str) -> PersonState:
        return self.world.state(self.whose[person])

    @invariant()
    def every_ask_counts_once_and_for_the_right_person(self) -> None:
        for person in set(self.whose.values()):
            state = self.world.state(person)
            asked = [it.at for it in self.asked if self.whose[it.person] == person]
            assert (state.asks, state.last_asked) == (len(asked), max(asked, default=None))
            assert list(state.history) == sorted(state.history, key=lambda event: event.at)

    @invariant()
    def an_id_that_was_joined_keeps_nothing(self) -> None:
        for one, whose in self.whose.items():
            if one != whose:
                assert self.world.state(one) == PersonState(alias_of=self.world.state(one).alias_of)

    @invariant()
    def at_most_one_ask_still_waits_to_be_seen(self) -> None:
        for person in set(self.whose.values()):
            waiting = [
                entry
                for entry in self.world.state(person).open
                if self.world.now < entry.deadline()
                and entry.displayed_at is None
                and entry.sent_at is None
                and entry.id not in self.on_the_way
            ]
            assert len(waiting) <= 1


TestOnePerson = OnePerson.TestCase
TestOnePerson.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
