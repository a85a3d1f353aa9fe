"""Clients that call touchpoints of the same persons without pause, and show, answer or dismiss what comes of it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.acceptance.line import Line

CLIENTS = 64
PERSONS = 1_000
BUSY = 0.5
"""Seconds until a call that was refused for want of time is made again."""
REFUSALS = 2_000
"""Most of those in one run: a gateway that stays busy is to be seen."""
TOUCHPOINTS = ("menu", "payment", "delivery")


class Crowd:
    """All clients; `reasons` counts the decisions they got, `asked` those that they had to show.

    Each client keeps to one of the gateways.
    """

    def __init__(self, urls: Sequence[str], key: str, calls: int, seed: int) -> None:
        self.reasons: Counter[str] = Counter()
        self.asked = 0
        self._urls = urls
        self._key = key
        self._left = iter(range(calls))
        self._refusals = iter(range(REFUSALS))
        self._random = random.Random(seed)

    async def run(self) -> None:
        """Make all calls."""
        await asyncio.gather(*(self._client(self._urls[number % len(self._urls)]) for number in range(CLIENTS)))

    async def _client(self, url: str) -> None:
        line = Line(url, self._key)
        late: list[str] = []
        for number in self._left:
            # Some persons are called for far more often than others, and by many clients at once.
            person = int(self._random.random() ** 2 * PERSONS)
            body = {
                "touchpoint": self._random.choice(TOUCHPOINTS),
                "person": f"u-{person}",
                "event_id": f"e-{number}",
                "reach": {"web": True, "sms": f"+86138{person:08}"},
            }
            decision = await self._call(line, "POST", "/v1/touchpoints", body)
            self.reasons[decision["reason"]] += 1
            if decision["ask"]:
                self.asked += not decision["again"]
                path = f"/v1/invitations/{decision['invitation']['token']}"
                if await self._react(line, path):
                    late.append(path)
            if late and self._random.random() < 0.02:
                await self._answer_late(line, late.pop(0))
        for path in late:
            await self._answer_late(line, path)
        line.close()

    async def _react(self, line: Line, path: str) -> bool:
        """React to what is shown, and tell whether its person will answer later all the same, in another tab."""
        chance = self._random.random()
        if chance < 0.1:
            return chance < 0.02  # the page was closed before
        await self._call(line, "POST", f"{path}/events", {"type": "displayed"})
        if chance < 0.6:
            await self._call(line, "PUT", f"{path}/response", {"answers": {"score": 4}, "complete": True})
        elif chance < 0.9:
            await self._call(line, "POST", f"{path}/events", {"type": "dismissed"})
        return 0.75 <= chance < 0.9

    async def _answer_late(self, line: Line, path: str) -> None:
        if self._random.random() < 0.5:
            await self._call(line, "PUT", f"{path}/response", {"answers": {"score": 1}})
        await self._call(line, "PUT", f"{path}/response", {"answers": {"score": 4}, "complete": True})

    async def _call(self, line: Line, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        status, said = await line.call(method, path, given)
        while status in {429, 503} and next(self._refusals, None) is not None:  # a busy machine: as it says, later
            await asyncio.sleep(BUSY)
            status, said = await line.call(method, path, given)
        # Another client may have answered the same invitation first: that is no mistake of the gateway's.
        assert status in {200, 202, 409, 410}, (status, said)
        return said
