"""One kept connection to a gateway, over which a client of a crowd calls: many of them cost a busy machine little."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 15.0
BROKEN = (OSError, EOFError, ValueError)
"""What a call raises whose connection breaks: whether it was carried out nobody knows."""


class Line:
    """Connects at the first call, and again after a call that failed."""

    def __init__(self, url: str, key: str) -> None:
        self._host, port = urlsplit(url).netloc.split(":")
        self._port = int(port)
        self._key = key
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Give the status and the body of the answer."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._call(method, path, json.dumps(given).encode())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _call(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {self._key}\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        said = await reader.readexactly(length)
        return int(answer[9:12]), json.loads(said)
