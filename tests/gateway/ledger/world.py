"""A small world for the ledger: a ruleset, a memory store and a clock that moves when told; all of it synchronous."""

from __future__ import annotations

from collections.abc import Coroutine
from hashlib import sha256
from itertools import count
from typing import Any, TypeVar

import msgspec

from tactful_gateway.ledger.batch import Batch
from tactful_gateway.ledger.commands import (
    Accepted,
    Alias,
    Command,
    Decide,
    Decided,
    Notice,
    OptIn,
    OptOut,
    Refused,
    Respond,
    Signal,
)
from tactful_gateway.ledger.stamping import Stamper
from tactful_gateway.store.base import Changes, Keys, State
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.condition import Test
from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY, Span
from tactful_rules.model.person import UNUSED, PersonState, QuotaUse
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tactful_rules.model.questionnaire import Option, Question, Questionnaire
from tactful_rules.model.rule import DEFAULT_VALID_FOR, Quota, Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint

T = TypeVar("T")

NOW = 1_800_000_000_000
POLICY = DoNotDisturb(
    pauses=(Pause("asked", 7 * DAY), Pause("dismissed", 30 * DAY)),
    caps=(Cap(2, 30 * DAY),),
)
LEFT_ALONE = DoNotDisturb()
SURVEY = Questionnaire(
    id="csat",
    title={"en": "Paying", "zh-CN": "支付"},
    questions=(
        Question(id="score", type="csat", text={"en": "How was paying?", "zh-CN": "支付满意吗?"}, required=True),
        Question(
            id="why", type="text", text={"en": "What went wrong?"}, condition=Test("score", "at_most", 2), max_length=50
        ),
        Question(
            id="how",
            type="multi",
            text={"en": "How did you pay?"},
            options=(Option("card", {"en": "Card"}), Option("cash", {"en": "Cash"})),
            other={"en": "Otherwise"},
        ),
    ),
)


def make_ruleset(
    policy: DoNotDisturb = POLICY,
    quota: Quota | None = None,
    valid_for: Span = DEFAULT_VALID_FOR,
    sample: float | None = None,
) -> Ruleset:
    """Make a ruleset whose rules ask `SURVEY` at `payment` (with the quota) and at `menu`, on the web."""
    touchpoints = ("payment", "menu")
    return Ruleset(
        touchpoints={name: Touchpoint(id=name, stage=f"stage-{name}") for name in touchpoints},
        rules=tuple(
            Rule(
                id=f"ask-{name}",
                at=(name,),
                variants=(Variant("csat"),),
                quota=quota if place == 0 else None,
                valid_for=valid_for,
                sample=sample,
            )
            for place, name in enumerate(touchpoints)
        ),
        questionnaires={"csat": SURVEY},
        channels={"web": Channel("web", "widget"), "app": Channel("app", "app")},
        do_not_disturb=policy,
    )


def finish(doing: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never has to wait, as those of the memory store."""
    try:
        doing.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # a coroutine's value has no type of its own here
    raise AssertionError("the memory store waited for something")


class World:
    """Carries out commands at `now` and shows what became of them."""

    def __init__(self, ruleset: Ruleset | None = None) -> None:
        self.compiled = CompiledRuleset(ruleset or make_ruleset())
        self.store = MemoryStore()
        self.now = NOW
        self._numbers = count(1)
        self._stamper = Stamper("test", bytes)

    def do(self, *commands: Command) -> list[Any]:
        """Carry out commands as one batch; an error that one met is in its place."""
        batch = Batch(self.compiled, commands, self._stamper, self.now)
        finish(self.store.transact(batch.keys(), batch.step))
        return list(batch.replies)

    def one(self, command: Command) -> Any:
        """Carry out a command and give its reply."""
        reply = self.do(command)[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    def decide_command(self, person: str = "p", touchpoint: str = "payment", **event: Any) -> Decide:
        """Make a touchpoint call, its invitation numbered."""
        number = next(self._numbers)
        event.setdefault("event_id", f"event-{number}")
        name = f"invitation-{number}"
        reach = event.get("reach") or {}
        addresses = {channel: f"sealed {it}".encode() for channel, it in reach.items() if isinstance(it, str)}
        made = Event(touchpoint=touchpoint, person=person, **event)
        return Decide(made, name, sha256(name.encode()).digest(), addresses=addresses)

    def decide(self, person: str = "p", touchpoint: str = "payment", **event: Any) -> Decided:
        """Call a touchpoint."""
        reply = self.one(self.decide_command(person, touchpoint, **event))
        assert isinstance(reply, Decided)
        return reply

    def ask(self, person: str = "p", touchpoint: str = "payment", **event: Any) -> InvitationRecord:
        """Call a touchpoint that must ask, and give the invitation."""
        decided = self.decide(person, touchpoint, **event)
        assert decided.verdict.ask, decided.verdict
        assert decided.invitation is not None
        return decided.invitation

    def notice(self, record: InvitationRecord, signal: Signal) -> Accepted | Refused:
        """Report a signal of an invitation's screen."""
        reply = self.one(Notice(signal, record.person, record.id, record.rule))
        assert isinstance(reply, Accepted | Refused)
        return reply

    def respond(
        self, record: InvitationRecord, answers: dict[str, Any], *, complete: bool = True, rev: int | None = None
    ) -> Accepted | Refused:
        """Send answers."""
        reply = self.one(Respond(record.person, record.id, record.rule, SURVEY, answers, complete, rev))
        assert isinstance(reply, Accepted | Refused)
        return reply

    def opt_out(self, *channels: str, person: str = "p") -> Accepted:
        """Opt a person out."""
        reply = self.one(OptOut(person, channels))
        assert isinstance(reply, Accepted)
        return reply

    def opt_in(self, *channels: str, person: str = "p") -> Accepted:
        """Have a person take an opt-out back."""
        reply = self.one(OptIn(person, channels))
        assert isinstance(reply, Accepted)
        return reply

    def alias(self, anonymous: str = "anon", person: str = "p") -> Accepted | Refused:
        """Join an anonymous id to a person."""
        reply = self.one(Alias(anonymous, person))
        assert isinstance(reply, Accepted | Refused)
        return reply

    def state(self, person: str = "p") -> PersonState:
        """Give what is kept of a person."""
        return finish(self.store.person(person))

    def record(self, record: InvitationRecord) -> InvitationRecord:
        """Give an invitation as it is kept now."""
        found = finish(self.store.invitation(record.lookup))
        assert found is not None
        return found

    def quota(self, rule: str = "ask-payment") -> QuotaUse:
        """Give how much of a rule's quota is used."""
        found: list[State] = []

        def look(loaded: State) -> Changes:
            found.append(loaded)
            return Changes()

        finish(self.store.transact(Keys(quotas=frozenset({rule})), look))
        return found[0].quotas.get(rule, UNUSED)

    def events(self, type_: str | None = None) -> list[dict[str, Any]]:
        """Give the journal, or its events of one type (without the prefix)."""
        rows = finish(self.store.journal(0, 1_000_000))
        events = [msgspec.json.decode(row.body) for row in rows]
        return [event for event in events if type_ is None or event["type"] == f"tactful.{type_}"]

    def types(self) -> list[str]:
        """Give the journal's types in order."""
        return [event["type"].removeprefix("tactful.") for event in self.events()]
