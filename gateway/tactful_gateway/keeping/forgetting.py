"""Drops what nobody needs any more, every hour, in small steps between other commits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice, pairwise

import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.keeping.erasing import forget_orders
from tactful_gateway.keeping.retention import Retention
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_gateway.store.records import VersionRecord
from tactful_rules.model.ids import DAY, HOUR, Instant

REMEMBER = 7 * DAY
"""How long event ids and report ids are kept; far longer than any client tries again."""
REMEMBER_FEEDBACK = 400 * DAY
"""How long feedback from elsewhere is known again: last year's file, sent once more, changes nothing."""
KEPT_VERSIONS = 200
"""The newest versions of the survey folder are kept, whatever their age."""
AFTERLIFE = 30 * DAY
"""How long an older one is kept once no invitation made under it can be open: its answers are looked at for a while."""
DROP_STEP = 50
"""Versions dropped in one transaction, so that commits never wait long for it."""
_ALL = 2**31

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def forget_the_old(
    store: Store, clock: Clock, retention: Retention, tell: Callable[[Mapping[str, int]], None]
) -> None:
    """Drop what is old every hour; `tell` is told which consumers keep how much of the journal from going."""
    while True:
        await _or_later(forget(store, clock.now()))
        await _or_later(let_go(store, clock.now(), retention, tell))
        await _or_later(store.personal.scrub())
        await clock.sleep(HOUR)


async def _or_later(doing: Awaitable[None]) -> None:
    """Do it, or leave it for the next hour; what fails keeps nothing else from being done."""
    try:
        await doing
    except StoreUnavailableError as error:
        log.warning("forgetting_postponed", error=str(error))


async def forget(store: Store, now: Instant) -> None:
    """Drop memories of what was decided and taken, old survey folders, and orders to erase that all have followed."""
    await store.forget(now - REMEMBER, feedback=now - REMEMBER_FEEDBACK)
    spent = spent_versions(await store.versions(None, _ALL), now)
    for start in range(0, len(spent), DROP_STEP):
        await store.drop_versions(spent[start : start + DROP_STEP])
    await forget_orders(store)


async def let_go(store: Store, now: Instant, retention: Retention, tell: Callable[[Mapping[str, int]], None]) -> None:
    """Drop responses and events that are older than they are to be kept, and say who is in the way."""
    personal = store.personal
    if retention.responses is not None:
        dropped = await personal.drop_invitations(now - retention.responses)
        _say(dropped, "responses_dropped")
    if retention.journal is None:
        return
    before = now - retention.journal
    _say(await personal.drop_dead_letters(before), "dead_letters_dropped")
    cut = await personal.cut_journal(before)
    _say(cut.dropped, "journal_cut")
    for consumer, events in cut.held.items():
        effect = "what is too old is kept for it, and the database grows"
        remedy = "see to its destination; for a sink that is gone for good: tactful sinks forget"
        log.warning("journal_held", consumer=consumer, events=events, effect=effect, remedy=remedy)
    tell(cut.held)


def _say(dropped: int, event: str) -> None:
    if dropped:
        log.info(event, rows=dropped)


def spent_versions(versions: Sequence[VersionRecord], now: Instant) -> list[int]:
    """Give the numbers of those versions, newest first, that nobody needs any more.

    The last invitation under a version is made when the next one goes live, at the latest, and `lasts` no longer.
    """
    return [
        version.number
        for newer, version in islice(pairwise(versions), KEPT_VERSIONS - 1, None)
        if newer.at + version.lasts + AFTERLIFE < now
    ]
