"""What a person wishes: to be left alone, on some channels or on all, until the person takes it back.

What is open where somebody opted out is withdrawn at once; opting in brings nothing of it back.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.commands import Accepted, OptIn, OptOut
from tactful_rules.model.person import EVERY_CHANNEL


def apply_opt_out(draft: Draft, command: OptOut) -> Accepted:
    """Note the wish; a person who is out already stays out, and that is a duplicate."""
    state = draft.person(command.person)
    new = tuple(sorted({*command.channels} - {*state.opted_out}))
    if not new:
        return Accepted(duplicate=True)
    closing.settle(draft, command.person)
    state = draft.person(command.person)
    draft.save_person(command.person, replace(state, opted_out=(*state.opted_out, *new)))
    for entry in state.open:
        record = draft.invitation(entry.id)
        if record is not None and (EVERY_CHANNEL in new or entry.channel in new):
            closing.cancel(draft, record, "opted_out")
    draft.tell("person.opted_out", command.person, _about, command.person, new)
    return Accepted()


def apply_opt_in(draft: Draft, command: OptIn) -> Accepted:
    """Take the wish back. Who had opted out of everything, and now of one channel not, is still out of all others."""
    state = draft.person(command.person)
    if EVERY_CHANNEL in command.channels:
        left: tuple[str, ...] = ()
    else:
        before = dict.fromkeys(state.opted_out)
        if EVERY_CHANNEL in before:
            before = dict.fromkeys((*state.opted_out, *draft.compiled.ruleset.channels))
            del before[EVERY_CHANNEL]
        left = tuple(channel for channel in before if channel not in command.channels)
    if left == state.opted_out:
        return Accepted(duplicate=True)
    draft.save_person(command.person, replace(state, opted_out=left))
    draft.tell("person.opted_in", command.person, _about, command.person, tuple(sorted({*command.channels})))
    return Accepted()


def _about(person: str, channels: tuple[str, ...]) -> dict[str, Any]:
    return {"person": {"id": person}, "channels": list(channels)}
