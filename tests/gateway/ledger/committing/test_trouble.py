"""What a ledger tells of its trouble: why nothing can be committed, for as long as that says anything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tactful_gateway.clock import SystemClock
from tactful_gateway.ledger import Ledger, Rulesets
from tactful_gateway.ledger.committer import PATIENCE, RECENT
from tactful_gateway.store.base import Changes, Keys, State, StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ids import SECOND
from tests.gateway.ledger.committing.still import StillLoop
from tests.gateway.ledger.world import World, make_ruleset

LOCKED = StoreUnavailableError("it is locked", "locked")


class HeldStore(MemoryStore):
    """A memory store that waits while it is held, and fails while it is locked."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()
        self.locked = False

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        await self.go_on.wait()
        if self.locked:
            raise LOCKED
        await super().transact(keys, step)


def look(check: Callable[[Ledger, HeldStore, StillLoop], Awaitable[None]]) -> None:
    """Have a check look at a ledger whose store it holds in its hands, on a clock that it moves."""

    async def run() -> None:
        loop, store = asyncio.get_running_loop(), HeldStore()
        assert isinstance(loop, StillLoop)
        rulesets = Rulesets(store)
        rulesets.activate(CompiledRuleset(make_ruleset()))
        async with Ledger(store, rulesets, SystemClock()) as ledger:
            try:
                await check(ledger, store, loop)
            finally:
                store.go_on.set()

    with asyncio.Runner(loop_factory=StillLoop) as runner:
        runner.run(run())


async def begin(ledger: Ledger) -> asyncio.Future[object]:
    """Have a commit under way."""
    outcomes = ledger.enter([World().decide_command()])
    for _ in range(5):
        await asyncio.sleep(0)
    return outcomes


def test_a_store_that_failed_is_trouble_for_some_seconds_and_for_as_long_as_it_is_tried_again() -> None:
    async def check(ledger: Ledger, store: HeldStore, loop: StillLoop) -> None:
        assert ledger.trouble is None
        store.locked = True
        store.go_on.set()
        await (await begin(ledger))
        assert str(ledger.trouble) == "it is locked"
        loop.now += RECENT - 0.1
        assert str(ledger.trouble) == "it is locked"
        loop.now += 0.1
        assert ledger.trouble is None, "nobody has called since"
        store.go_on.clear()
        trying = await begin(ledger)
        loop.now += 60
        assert str(ledger.trouble) == "it is locked"
        store.locked = False
        store.go_on.set()
        await trying
        assert ledger.trouble is None

    look(check)


def test_a_commit_that_takes_longer_than_anybody_has_to_wait_is_trouble() -> None:
    async def check(ledger: Ledger, store: HeldStore, loop: StillLoop) -> None:
        outcomes = await begin(ledger)
        loop.now += PATIENCE / SECOND
        assert ledger.trouble is None
        loop.now += 1
        assert ledger.trouble is not None
        assert (ledger.trouble.cause, "under way for 3 s" in str(ledger.trouble)) == ("slow", True)
        store.go_on.set()
        await outcomes
        assert ledger.trouble is None

    look(check)
