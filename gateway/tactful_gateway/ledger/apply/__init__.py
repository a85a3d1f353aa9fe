"""One command in, its reply and changes out: a pure function of what was loaded and the clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from msgspec import Struct

from tactful_gateway.ledger.apply.deciding import apply_decide, apply_inspect
from tactful_gateway.ledger.apply.draft import Draft, Fact
from tactful_gateway.ledger.apply.identity.aliasing import apply_alias, resolved
from tactful_gateway.ledger.apply.identity.erasing import apply_erase
from tactful_gateway.ledger.apply.identity.opting_out import apply_opt_in, apply_opt_out
from tactful_gateway.ledger.apply.noticing import apply_notice
from tactful_gateway.ledger.apply.publishing import apply_publish
from tactful_gateway.ledger.apply.receiving import apply_feedback
from tactful_gateway.ledger.apply.responding import apply_respond
from tactful_gateway.ledger.apply.schedule.sending import apply_not_sent, apply_sent
from tactful_gateway.ledger.apply.schedule.waking import apply_wake
from tactful_gateway.ledger.commands import (
    Accepted,
    Alias,
    Command,
    Decide,
    Erase,
    Erased,
    Feedback,
    Inspect,
    Inspected,
    Notice,
    NotSent,
    OptIn,
    OptOut,
    Publish,
    Refused,
    Reply,
    Report,
    Respond,
    Sent,
    Wake,
)
from tactful_gateway.store.base import Changes, State
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ids import Instant

_CHANGING_NOTHING = (Refused, Inspected)
_SHARING = (Decide, Respond, Notice, Feedback)


class Outcome(Struct, frozen=True, gc=False):
    """What a command comes to; `facts` become the journal events of `changes` once they have ids."""

    reply: Reply
    changes: Changes
    facts: Sequence[Fact] = ()


def apply(compiled: CompiledRuleset, state: State, command: Command, now: Instant) -> Outcome:
    """Carry out one command on what was loaded for it, without touching that.

    A refused command changes nothing, and neither does one that only looked.
    """
    draft = Draft(compiled, state, now)
    reply = _carry_out(draft, resolved(draft, command))
    if isinstance(reply, _CHANGING_NOTHING) or (isinstance(command, Feedback) and command.dry_run):
        return Outcome(reply, Changes())
    return Outcome(reply, draft.changes, draft.facts)


class Outcomes(Struct, frozen=True, gc=False):
    """What commands come to that were carried out on one draft, a reply each."""

    replies: Sequence[Reply]
    changes: Changes
    facts: Sequence[Fact]


def may_share(command: Command) -> bool:
    """Tell whether a command leaves nothing in its draft when it is refused, so that the next may go on there."""
    return isinstance(command, _SHARING) and not (isinstance(command, Feedback) and command.dry_run)


def apply_together(compiled: CompiledRuleset, state: State, commands: Iterable[Command], now: Instant) -> Outcomes:
    """Carry out commands that may share a draft as `apply` would one by one: a draft each costs a third of the work."""
    draft = Draft(compiled, state, now)
    replies = [_carry_out(draft, resolved(draft, command)) for command in commands]
    return Outcomes(replies, draft.changes, draft.facts)


def _carry_out(draft: Draft, command: Command) -> Reply:
    match command:
        case Decide():
            return apply_decide(draft, command)
        case Notice():
            return apply_notice(draft, command)
        case Respond():
            return apply_respond(draft, command)
        case Feedback():
            return apply_feedback(draft, command)
        case Wake():
            return apply_wake(draft, command)
        case Sent():
            return apply_sent(draft, command)
        case NotSent():
            return apply_not_sent(draft, command)
        case OptOut() | OptIn() | Alias() | Erase():
            return _note(draft, command)
        case Inspect():
            return apply_inspect(draft, command)
        case Report():
            return _count(draft, command)
        case Publish():
            return apply_publish(draft, command)
    assert_never(command)


def _note(draft: Draft, command: OptOut | OptIn | Alias | Erase) -> Accepted | Refused | Erased:
    match command:
        case OptOut():
            return apply_opt_out(draft, command)
        case OptIn():
            return apply_opt_in(draft, command)
        case Alias():
            return apply_alias(draft, command)
        case Erase():
            return apply_erase(draft, command)


def _count(draft: Draft, report: Report) -> Accepted:
    if report.id in draft.state.reports:
        return Accepted(duplicate=True)
    draft.changes.counts = dict(report.counts)
    draft.changes.measures = dict(report.measures)
    draft.changes.reports[report.id] = draft.now
    return Accepted()
