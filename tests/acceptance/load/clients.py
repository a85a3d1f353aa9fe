"""Clients that call touchpoints of the same persons without pause, and show, answer or dismiss what comes of it."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

CLIENTS = 64
PERSONS = 1_000
TOUCHPOINTS = ("menu", "payment", "delivery")
Call = tuple[str, str, dict[str, Any]]


class Crowd:
    """All clients; `reasons` counts the decisions they got, `asked` those that they had to show."""

    def __init__(self, url: str, key: str, calls: int, seed: int) -> None:
        self.reasons: Counter[str] = Counter()
        self.asked = 0
        self._host, port = urlsplit(url).netloc.split(":")
        self._port = int(port)
        self._key = key
        self._left = iter(range(calls))
        self._random = random.Random(seed)

    async def run(self) -> None:
        """Make all calls."""
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))

    async def _client(self) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        for number in self._left:
            # Some persons are called for far more often than others, and by many clients at once.
            person = int(self._random.random() ** 2 * PERSONS)
            body = {
                "touchpoint": self._random.choice(TOUCHPOINTS),
                "person": f"u-{person}",
                "event_id": f"e-{number}",
                "reach": {"web": True, "sms": f"+86138{person:08}"},
            }
            decision = await self._call(reader, writer, ("POST", "/v1/touchpoints", body))
            self.reasons[decision["reason"]] += 1
            if decision["ask"]:
                self.asked += not decision["again"]
                await self._react(reader, writer, decision["invitation"]["token"])
        writer.close()

    async def _react(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        path, chance = f"/v1/invitations/{token}", self._random.random()
        if chance < 0.1:
            return  # the page was closed before
        await self._call(reader, writer, ("POST", f"{path}/events", {"type": "displayed"}))
        if chance < 0.6:
            await self._call(reader, writer, ("PUT", f"{path}/response", {"answers": {"score": 4}, "complete": True}))
        elif chance < 0.9:
            await self._call(reader, writer, ("POST", f"{path}/events", {"type": "dismissed"}))

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, call: Call) -> dict[str, Any]:
        method, path, given = call
        body = json.dumps(given).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {self._key}\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        said = await reader.readexactly(length)
        # Another client may have answered the same invitation first: that is no mistake of the gateway's.
        assert status in {200, 202, 409, 410}, (status, said)
        found: dict[str, Any] = json.loads(said)
        return found
