"""Clients that ask, show and answer: as fast as they can, or at a pace that does not wait for the gateway."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import count
from typing import NamedTuple

from tests.acceptance.line import BROKEN, Line

CLIENTS = 32
PERSONS = 20_000
LOW_EVERY = 50
"""Of so many answers one is low, which is what the webhook wants."""


class Answered(NamedTuple):
    """An answer that was acknowledged: to which invitation, and whether it was low."""

    invitation: str
    low: bool


class Crowd:
    """Runs in a thread of its own for so many seconds; `rate` are visits a second, None for as many as there can be."""

    def __init__(self, url: str, key: str, rate: float | None, seconds: float, first: int = 0) -> None:
        self.answered: list[Answered] = []
        self.refused: list[str] = []
        self.seconds = seconds
        self._url = url
        self._key = key
        self._rate = rate
        self._numbers = count(first)
        self._first = first
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="crowd")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()

    async def _run(self) -> None:
        began = time.monotonic()
        await asyncio.gather(*(self._client(began) for _ in range(CLIENTS)))

    async def _client(self, began: float) -> None:
        line = Line(self._url, self._key)
        for number in self._numbers:
            due = time.monotonic() if self._rate is None else began + (number - self._first) / self._rate
            if due >= began + self.seconds:
                break
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            try:
                await self._visit(line, number)
            except BROKEN as error:
                self.refused.append(f"visit {number}: {error!r}")
        line.close()

    async def _visit(self, line: Line, number: int) -> None:
        person, low = f"u-{number % PERSONS}", number % LOW_EVERY == 0
        call = {"touchpoint": "payment", "person": person, "event_id": f"e-{number}", "reach": {"web": True}}
        status, decision = await line.call("POST", "/v1/touchpoints", call)
        if status != 200 or not decision["ask"]:
            self.refused.append(f"visit {number} was not asked: {status} {decision}")
            return
        invitation = decision["invitation"]
        path = f"/v1/invitations/{invitation['token']}"
        answers = {"answers": {"score": 1 if low else 4}, "complete": True}
        for method, rest, given in (("POST", "events", {"type": "displayed"}), ("PUT", "response", answers)):
            status, said = await line.call(method, f"{path}/{rest}", given)
            if status not in {200, 202}:
                self.refused.append(f"visit {number}, {rest}: {status} {said}")
                return
        self.answered.append(Answered(invitation["id"], low))
