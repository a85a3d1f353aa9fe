"""What operators ask for: where in the journal a replay from an instant begins."""

from __future__ import annotations

import pytest

from tactful_gateway.consumers.group import Consumers
from tactful_gateway.consumers.operating import NotYetError, Operator
from tactful_gateway.store.memory import MemoryStore
from tests.gateway.consumers.stage import START, ManualClock, write


async def test_a_replay_from_an_instant_begins_with_what_happened_at_that_very_one() -> None:
    store, clock = MemoryStore(), ManualClock(resting=0)
    for late in (0, 5, 5, 9):
        await write(store, "event", at=START + late)
    await clock.advance(20)
    operator = Operator(store, Consumers(store, {}, clock, lambda: 0.5), clock)
    found = [await operator.find(START + late) for late in (-1, 0, 1, 5, 6, 9, 10, 20)]
    assert found == [1, 1, 2, 2, 4, 4, 5, 5]
    with pytest.raises(NotYetError):
        await operator.find(START + 21)
