"""Carrying out many commands as one: a later command sees what an earlier one did, and a bad one harms only itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tactful_gateway.ledger.apply import apply, apply_together, may_share
from tactful_gateway.ledger.apply.draft import Fact
from tactful_gateway.ledger.commands import (
    Alias,
    Command,
    Decide,
    Erase,
    Feedback,
    Inspect,
    Notice,
    NotSent,
    OptIn,
    OptOut,
    Publish,
    Reply,
    Report,
    Respond,
    Sent,
    Wake,
)
from tactful_gateway.ledger.stamping import Stamper
from tactful_gateway.store.base import Changes, Keys, State
from tactful_gateway.store.records import DecisionKey, JournalEvent
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant


def keys_of(compiled: CompiledRuleset, commands: Sequence[Command]) -> Keys:
    """Name everything that commands will read."""
    persons: set[str] = set()
    invitations: set[str] = set()
    quotas: set[str] = set()
    decisions: set[DecisionKey] = set()
    reports: set[str] = set()
    latest_version = False
    joins: set[tuple[str, str]] = set()
    feedback: set[bytes] = set()
    erase: str | None = None
    for command in commands:
        match command:
            case Decide(event) | Inspect(event):
                persons.add(event.person)
                decisions.add(DecisionKey(event.person, event.touchpoint, event.event_id))
                quotas.update(compiled.quotas_of(event) if isinstance(command, Decide) else _quotas_at(compiled, event))
            case Feedback():
                persons.add(command.person)
                feedback.add(command.key)
            case Wake(wake_up):
                persons.add(wake_up.person)
                invitations.add(wake_up.invitation)
                quotas.add(wake_up.rule)
            case Notice() | Respond() | Sent() | NotSent():
                persons.add(command.person)
                invitations.add(command.invitation)
                quotas.add(command.rule)
            case OptOut() | OptIn():
                persons.add(command.person)
            case Alias():
                joins.add((command.anonymous, command.person))
            case Erase():
                erase = command.person
            case Report():
                reports.add(command.id)
            case Publish():
                latest_version = True
    return Keys(
        frozenset(persons.union(*joins)),
        frozenset(invitations),
        frozenset(quotas),
        frozenset(decisions),
        frozenset(reports),
        latest_version,
        frozenset(joins),
        frozenset(feedback),
        erase,
    )


def _quotas_at(compiled: CompiledRuleset, event: Event) -> Iterator[str]:
    """Yield every rule with a quota at the event's touchpoint: an explanation shows those that do not match, too."""
    return (here.rule.id for here in compiled.rules_at(event.touchpoint) if here.rule.quota is not None)


class Batch:
    """Some commands and, once carried out, their replies; `told` says whether journal or schedule got anything."""

    def __init__(self, compiled: CompiledRuleset, commands: Sequence[Command], stamper: Stamper, now: Instant) -> None:
        self.replies: list[Reply | Exception] = []
        self.told = False
        self._compiled = compiled
        self._commands = commands
        self._stamper = stamper
        self._now = now

    def keys(self) -> Keys:
        """Name what the commands will read."""
        return keys_of(self._compiled, self._commands)

    def step(self, state: State) -> Changes:
        """Carry out the commands in order on what was loaded, and give all their changes as one."""
        changes = Changes()
        self.replies = []
        for shared, some in groupby(self._commands, key=may_share):
            commands = list(some)
            self.replies += (self._carry_out_together if shared else self._carry_out)(commands, state, changes)
        self.told = bool(changes.events or changes.wake_ups)
        return changes

    def _carry_out_together(
        self, commands: Sequence[Command], state: State, changes: Changes
    ) -> Sequence[Reply | Exception]:
        try:
            outcome = apply_together(self._compiled, state, commands, self._now)
            events = self._stamp(outcome.facts)
        except Exception:  # noqa: BLE001 - found out one by one, so that only the culprit fails
            return self._carry_out(commands, state, changes)
        _keep(outcome.changes, events, state, changes)
        return outcome.replies

    def _carry_out(self, commands: Sequence[Command], state: State, changes: Changes) -> Sequence[Reply | Exception]:
        return [self._carry_out_one(command, state, changes) for command in commands]

    def _carry_out_one(self, command: Command, state: State, changes: Changes) -> Reply | Exception:
        try:
            outcome = apply(self._compiled, state, command, self._now)
            events = self._stamp(outcome.facts)
        except Exception as error:
            if isinstance(command, Erase):
                raise  # loading has erased already: nothing of that may be committed untold
            return error
        _keep(outcome.changes, events, state, changes)
        return outcome.reply

    def _stamp(self, facts: Sequence[Fact]) -> list[JournalEvent]:
        stamp = self._stamper.stamp
        return [stamp(fact) for fact in facts]


def _keep(made: Changes, events: Sequence[JournalEvent], state: State, changes: Changes) -> None:
    state.take_in(made)
    changes.add(made)
    changes.events.extend(events)
