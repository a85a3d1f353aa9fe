"""How many commands a commit takes: more on a slow disk with many waiting, on a clock that only the disk moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from tactful_gateway.clock import SystemClock
from tactful_gateway.ledger import Ledger, Rulesets
from tactful_gateway.store.base import Changes, Keys, State
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.decide import CompiledRuleset
from tests.gateway.ledger.committing.still import StillLoop
from tests.gateway.ledger.world import World, make_ruleset

BATCH = 64
SLOW = 0.06


class Disk(MemoryStore):
    """A memory store that takes a while for each commit, and remembers how many persons each was about."""

    def __init__(self, loop: StillLoop) -> None:
        super().__init__()
        self.delay = 0.0
        self.sizes: list[int] = []
        self._loop = loop

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        self.sizes.append(len(keys.persons))
        for _ in range(5):
            await asyncio.sleep(0)  # what comes meanwhile gets to wait
        self._loop.now += self.delay
        await super().transact(keys, step)


class Gateway:
    """A ledger over a disk, and its clients."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        loop = runner.get_loop()
        assert isinstance(loop, StillLoop)
        self.disk = Disk(loop)
        rulesets = Rulesets(self.disk)
        rulesets.activate(CompiledRuleset(make_ruleset()))
        self._ledger = Ledger(self.disk, rulesets, SystemClock(), batch=BATCH)
        self._calls = World()
        runner.run(self._ledger.__aenter__())

    def run(self, doing: Coroutine[Any, Any, Any]) -> None:
        self._runner.run(doing)

    def close(self) -> None:
        self.run(self._ledger.close())

    async def decide(self, number: int, delay: float) -> list[int]:
        """Have so many persons decided about at once on a disk that takes so long; give the sizes of the commits."""
        self.disk.delay = delay
        before = len(self.disk.sizes)
        await asyncio.gather(*(self._ledger.submit(self._calls.decide_command(f"{before}-{n}")) for n in range(number)))
        return self.disk.sizes[before:]

    async def decide_behind(self, first: int, number: int, delay: float) -> list[int]:
        """Have others decided about that come while the last commit of the first ones is under way."""
        early = asyncio.create_task(self.decide(first, delay))
        while sum(self.disk.sizes) < first:
            await asyncio.sleep(0)
        await self.decide(number, delay)
        await early
        return self.disk.sizes


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with asyncio.Runner(loop_factory=StillLoop) as runner:
        gateway = Gateway(runner)
        yield gateway
        gateway.close()


def test_a_commit_takes_no_more_than_its_size_while_the_disk_is_quick(gateway: Gateway) -> None:
    async def check() -> None:
        assert await gateway.decide(2 * BATCH + 2, delay=0.0) == [BATCH, BATCH, 2]

    gateway.run(check())


def test_what_comes_while_each_turn_of_the_event_loop_brings_more_shares_a_commit(gateway: Gateway) -> None:
    async def come(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await gateway.decide(1, delay=0.0)

    async def check() -> None:
        await asyncio.gather(*map(come, range(20)))
        assert len(gateway.disk.sizes) == 1

    gateway.run(check())


def test_commits_grow_on_a_slow_disk_with_many_waiting_and_shrink_again(gateway: Gateway) -> None:
    async def check() -> None:
        assert await gateway.decide(20 * BATCH, SLOW) == [BATCH, 2 * BATCH, 4 * BATCH, 8 * BATCH, 5 * BATCH]
        assert await gateway.decide(2 * BATCH, 0.0) == [BATCH, BATCH]

    gateway.run(check())


def test_commits_grow_to_eight_times_their_size_and_no_further(gateway: Gateway) -> None:
    async def check() -> None:
        sizes = await gateway.decide(40 * BATCH, SLOW)
        assert (max(sizes), sum(sizes)) == (8 * BATCH, 40 * BATCH)

    gateway.run(check())


@pytest.mark.parametrize(("first", "sizes"), [(1, [1, BATCH, BATCH]), (BATCH + 9, [BATCH, 9, BATCH, BATCH])])
def test_a_slow_commit_lets_none_grow_where_it_took_few_or_left_few(
    gateway: Gateway, first: int, sizes: list[int]
) -> None:
    async def check() -> None:
        assert await gateway.decide_behind(first, 2 * BATCH, SLOW) == sizes

    gateway.run(check())
