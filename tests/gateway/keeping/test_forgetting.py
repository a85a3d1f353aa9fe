"""What is forgotten every hour: one part that can't be done keeps no other from being done."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from tactful_gateway.contracts.ageing import answered
from tactful_gateway.contracts.samples import NOW
from tactful_gateway.contracts.transactions import write
from tactful_gateway.keeping.forgetting import forget_the_old
from tactful_gateway.keeping.retention import Retention
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.model.ids import DAY
from tests.gateway.keeping.conftest import MovedClock


class Hour(MovedClock):
    """A clock whose first hour is where a test ends."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.over = asyncio.Event()

    async def sleep(self, span: int) -> None:
        self.over.set()
        await asyncio.Event().wait()


async def locked(*_: object, **__: object) -> None:
    raise StoreUnavailableError("the file is locked", "locked")


@pytest.mark.parametrize("part", ["forget", "scrub"])
async def test_a_part_that_can_not_be_done_keeps_no_other_from_being_done(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clock, scrubbed = MemoryStore(), Hour(), asyncio.Event()
    old = replace(answered(NOW - 40 * DAY), complete=True, completed_at=NOW - 40 * DAY)
    await write(store, invitations={old.id: old})

    async def scrub() -> None:
        scrubbed.set()

    monkeypatch.setattr(store.personal, "scrub", scrub)
    where: object = store if part == "forget" else store.personal
    monkeypatch.setattr(where, part, locked)
    task = asyncio.create_task(forget_the_old(store, clock, Retention(responses=30 * DAY), lambda _: None))
    async with asyncio.timeout(10):
        await clock.over.wait()
    task.cancel()
    assert await store.invitation(old.lookup) is None
    assert scrubbed.is_set() == (part == "forget")
