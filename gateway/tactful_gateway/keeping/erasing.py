"""Erases a person: most of it in small steps, then the rest, and the word to the destinations, in one commit.

Killed or refused in between, it has told nobody yet: whoever asked got no receipt, and asks again.
"""

from __future__ import annotations

import structlog

from tactful_gateway.ledger.commands import Erase, Erased
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_gateway.store.personal.base import NOTHING

log: structlog.stdlib.BoundLogger = structlog.get_logger()

NO_CURSOR = 2**63 - 1
"""Above every number of the journal."""


async def erase_person(store: Store, ledger: Ledger, person: str, receipt: str, *, keep_opt_outs: bool) -> Erased:
    """Erase everything kept of a person under any of its ids, and give what it was by kind and number.

    Raises:
        LedgerBusyError: too much is waiting. Not all is erased.
        StoreUnavailableError: the store can't write now. Not all is erased.
    """
    swept = NOTHING
    for id_ in await store.personal.ids(person):
        while (step := await store.personal.sweep(id_)) != NOTHING:
            swept = swept.plus(step)
    erased = await ledger.submit(Erase(person=person, receipt=receipt, swept=swept, keep_opt_outs=keep_opt_outs))
    assert isinstance(erased, Erased)
    try:
        await forget_orders(store)
        await store.personal.scrub()
    except StoreUnavailableError as error:  # the person is erased; what is left to do is done every hour
        log.warning("scrubbing_postponed", error=str(error))
    return erased


async def forget_orders(store: Store) -> None:
    """Erase the word to the destinations, too, as soon as all of them have passed it."""
    cursors = await store.personal.cursors()
    await store.personal.drop_orders(min((cursor.seq for cursor in cursors.values()), default=NO_CURSOR))
