"""A world in which invitations are sent: schedulers that wake what is due, and a courier that does as it is told."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from tactful_gateway.ledger.commands import Accepted, Dispatch, NotSent, Refused, Sent, Wake, Woken
from tactful_gateway.store.records import InvitationRecord, WakeUp
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ids import HOUR, Span
from tactful_rules.model.policy import DoNotDisturb, QuietHours
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.model.rule import ChannelStep, Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tests.gateway.ledger.world import LEFT_ALONE, SURVEY, World, finish

SENT = ("email", "sms", "wechat")
REACH: dict[str, bool | str] = {"web": True, "email": "a@example.com", "sms": "+1", "wechat": "w"}
QUIET = DoNotDisturb(quiet_hours=(QuietHours(21 * 60, 8 * 60),))
"""Quiet from 21:00 to 08:00; the world begins at 08:00 UTC on a Friday."""
EVENING: Span = 14 * HOUR
"""From the world's beginning to 22:00."""


def steps(*channels: str | tuple[str, Span]) -> tuple[ChannelStep, ...]:
    """Make a rule's order: `"email"`, or `("sms", 2 * HOUR)` for a fallback."""
    return tuple(ChannelStep(it) if isinstance(it, str) else ChannelStep(*it) for it in channels)


def sent_ruleset(*channels: str | tuple[str, Span], policy: DoNotDisturb = LEFT_ALONE, **rule: Any) -> Ruleset:
    """Make a ruleset that asks at `payment` over these channels, and at `menu` on screen."""
    rule = {"variants": (Variant("csat"),), **rule}
    return Ruleset(
        touchpoints={name: Touchpoint(id=name, stage=f"stage-{name}") for name in ("payment", "menu")},
        rules=(
            Rule(id="ask-payment", at=("payment",), channels=steps(*channels), **rule),
            Rule(id="ask-menu", at=("menu",), channels=steps("web"), variants=(Variant("csat"),)),
        ),
        questionnaires={"csat": SURVEY, "other": Questionnaire("other", questions=SURVEY.questions)},
        channels={"web": Channel("web", "widget"), **{name: Channel(name, "http") for name in SENT}},
        do_not_disturb=policy,
    )


class Post(World):
    """Wakes what is due and keeps what was dispatched, in its order."""

    def __init__(self, ruleset: Ruleset | None = None) -> None:
        super().__init__(ruleset or sent_ruleset("email"))
        self.dispatched: list[Dispatch] = []

    def reload(self, ruleset: Ruleset) -> None:
        """Have another ruleset in force from now on."""
        self.compiled = CompiledRuleset(ruleset)

    def plan(self, person: str = "p", touchpoint: str = "payment", **event: Any) -> InvitationRecord:
        """Call a touchpoint that must come to something sent, now or later."""
        decided = self.decide(person, touchpoint, **{"reach": REACH, **event})
        assert decided.verdict.reason in {"sending", "deferred"}, decided.verdict
        assert decided.invitation is not None
        return decided.invitation

    def due(self, lane: str) -> list[WakeUp]:
        """Give what a lane's scheduler would wake now."""
        return list(finish(self.store.due(lane, self.now, 1_000)))

    def wake_command(self, wake_up: WakeUp) -> Wake:
        """Make the command of a wake-up, with a name for what may come of it."""
        name = f"invitation-{next(self._numbers)}"
        return Wake(wake_up, name, sha256(name.encode()).digest())

    def wake(self, wake_up: WakeUp) -> Dispatch | None:
        """Answer one wake-up."""
        reply = self.one(self.wake_command(wake_up))
        assert isinstance(reply, Woken)
        return reply.dispatch

    def run(self) -> list[Dispatch]:
        """Wake everything that is due, lane by lane, until nothing is; give what was dispatched."""
        made: list[Dispatch] = []
        for _ in range(100):
            due = [wake_up for lane in ("", *SENT) for wake_up in self.due(lane)]
            if not due:
                self.dispatched += made
                return made
            made += filter(None, map(self.wake, due))
        raise AssertionError("wake-ups that never end")

    def dispatch(self) -> Dispatch:
        """Wake what is due, of which exactly one message must come."""
        (made,) = self.run()
        return made

    def accept(self, dispatch: Dispatch, message_id: str | None = "m-1") -> Accepted | Refused:
        """Say that the provider took a message."""
        record = dispatch.record
        reply = self.one(Sent(record.person, record.id, record.rule, record.channel, dispatch.reminder, message_id))
        assert isinstance(reply, Accepted | Refused)
        return reply

    def deliver(self) -> InvitationRecord:
        """Wake what is due, have the one message accepted, and give its invitation."""
        made = self.dispatch()
        self.accept(made)
        return self.record(made.record)

    def refuse(self, dispatch: Dispatch, *, final: bool = False, retry_after: Span | None = None) -> Accepted | Refused:
        """Say that the provider did not take a message."""
        record, name = dispatch.record, f"invitation-{next(self._numbers)}"
        reply = self.one(
            NotSent(
                person=record.person,
                invitation=record.id,
                rule=record.rule,
                channel=record.channel,
                reminder=dispatch.reminder,
                attempt=record.attempts,
                error="550 no such user",
                final=final,
                retry_after=retry_after,
                chance=0.5,
                fallback=name,
                lookup=sha256(name.encode()).digest(),
            )
        )
        assert isinstance(reply, Accepted | Refused)
        return reply

    def pass_time(self, span: Span, step: Span = HOUR) -> list[Dispatch]:
        """Let time pass in steps, waking what is due after each; give what was dispatched."""
        made: list[Dispatch] = []
        end = self.now + span
        while self.now < end:
            self.now = min(self.now + step, end)
            made += self.run()
        return made

    def only(self, person: str = "p") -> InvitationRecord:
        """Give the one invitation that is open."""
        (entry,) = self.state(person).open
        return self.by_id(entry.id)

    def by_id(self, invitation: str) -> InvitationRecord:
        """Give an invitation by its id."""
        found = finish(self.store.invitation(sha256(invitation.encode()).digest()))
        assert found is not None
        return found

    def kinds(self, person: str = "p") -> list[tuple[str, str]]:
        """Give what happened to a person, with the channel."""
        return [(event.kind, event.channel) for event in self.state(person).history]
