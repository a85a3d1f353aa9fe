"""Erasing a person: what was kept is gone already when this is applied; here it is told, and what it held is freed."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict, replace

from tactful_gateway.ledger.apply import quotas
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.commands import Erase, Erased
from tactful_gateway.store.personal.base import Belongings
from tactful_rules.model.ids import rfc3339
from tactful_rules.model.person import PersonState


def apply_erase(draft: Draft, command: Erase) -> Erased:
    """Give the receipt, and have every destination told under which ids the person is to be erased there, too.

    It is told also of a person of whom nothing is kept: destinations may have kept more, and for longer.
    """
    belongings = draft.state.belongings
    assert belongings is not None, "an erase is loaded as one"
    for state in belongings.states.values():
        for entry in state.open:
            quotas.release(draft, entry.rule, entry.id)
    wishes = _wishes(belongings) if command.keep_opt_outs else ()
    held = command.swept.plus(belongings.held)
    if wishes:
        left = PersonState(opted_out=wishes)
        held = replace(held, ids=held.ids - sum(state == left for state in belongings.states.values()))
        for id_ in belongings.ids:
            draft.changes.persons[id_] = left
    erased = Erased(command.receipt, draft.now, held, len(wishes), belongings.ids)
    draft.tell("person.erased", belongings.ids[0], _about, erased)
    return erased


def _wishes(belongings: Belongings) -> tuple[str, ...]:
    return tuple(dict.fromkeys(wish for state in belongings.states.values() for wish in state.opted_out))


def _about(erased: Erased) -> dict[str, Any]:
    return {
        "person": {"id": erased.ids[0]},
        "ids": list(erased.ids),
        "receipt": {"id": erased.receipt, "at": rfc3339(erased.at), "erased": asdict(erased.held)},
    }
