"""Clients that ask and answer without pause and insist: what was not acknowledged they send again, until it is.

So at the end nothing is in doubt: each person's answers are known one by one, in their order.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from itertools import count, cycle
from typing import Any

from tests.acceptance.line import BROKEN, Line
from tests.eventually import eventually

CLIENTS = 8
PERSONS = 5
"""Persons a client: each answers again and again."""
PACE = 0.05
"""Seconds between two visits of a client: load enough to be struck in the middle of, and less than what a sink that was
away for long can catch up with."""
AGAIN = 0.02
"""Seconds before a call that failed is made again."""
PATIENCE = 60.0
"""Seconds that a client insists at most."""


class Crowd:
    """Runs in a thread of its own, over gateways any of which may be gone for a while."""

    def __init__(self, urls: Sequence[str], key: str) -> None:
        self.acknowledged: dict[str, list[str]] = {}
        """The invitations that each person answered, in order; their answers were acknowledged."""
        self.total = 0
        self.refused: list[str] = []
        """Answers of the gateway that should never be."""
        self._urls = urls
        self._key = key
        self._stopping = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="crowd")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Let every client end what it began."""
        self._stopping = True
        self._thread.join()

    def wait_for(self, more: int, patience: float = PATIENCE) -> None:
        """Wait until so many more answers were acknowledged."""
        wanted = self.total + more
        eventually(
            lambda: self.total >= wanted or not self._thread.is_alive(),
            patience,
            otherwise=lambda: f"nothing is acknowledged any more ({self.refused[:3]})",
        )
        assert self.total >= wanted, "the clients gave up"

    async def _run(self) -> None:
        await asyncio.gather(*(self._client(number) for number in range(CLIENTS)))

    async def _client(self, number: int) -> None:
        own = number % len(self._urls)  # where a load balancer would send it
        lines = [Line(url, self._key) for url in (*self._urls[own:], *self._urls[:own])]
        for visit in count():
            if self._stopping:
                break
            person = f"p{number}-{visit % PERSONS}"
            if invitation := await self._visit(lines, person, f"{person}-{visit}"):
                self.acknowledged.setdefault(person, []).append(invitation)
                self.total += 1
            await asyncio.sleep(PACE)
        for line in lines:
            line.close()

    async def _visit(self, lines: list[Line], person: str, event: str) -> str | None:
        """Give the invitation that was asked and answered."""
        call = {"touchpoint": "payment", "person": person, "event_id": event, "reach": {"web": True}}
        decision = await self._insist(lines, "POST", "/v1/touchpoints", call)
        if decision is None or not decision["ask"]:
            self.refused.append(f"{event} was not asked: {decision}")
            return None
        path = f"/v1/invitations/{decision['invitation']['token']}"
        answers = {"answers": {"score": 4}, "complete": True}
        done = await self._insist(lines, "POST", f"{path}/events", {"type": "displayed"}) is not None
        if done and await self._insist(lines, "PUT", f"{path}/response", answers) is not None:
            found: str = decision["invitation"]["id"]
            return found
        return None

    async def _insist(self, lines: list[Line], method: str, path: str, given: dict[str, Any]) -> dict[str, Any] | None:
        """Call until it is acknowledged, wherever that is, at its own gateway first; None for a refusal."""
        end = time.monotonic() + PATIENCE
        for line in cycle(lines):
            try:
                status, said = await line.call(method, path, given)
            except BROKEN as error:
                status, said = 0, {"detail": repr(error)}
            if status in {200, 202}:
                return said
            if status not in {0, 429, 503} or time.monotonic() > end:
                self.refused.append(f"{method} {path.rpartition('/')[2]}: {status} {said}")
                return None
            await asyncio.sleep(AGAIN)
        raise AssertionError("there is no gateway")
