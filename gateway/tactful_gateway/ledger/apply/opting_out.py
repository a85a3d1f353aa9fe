"""Leaving a person alone, on some channels or on all: what is open there is withdrawn at once."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.commands import Accepted, OptOut
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


def _about(person: str, channels: tuple[str, ...]) -> dict[str, Any]:
    return {"person": {"id": person}, "channels": list(channels)}
