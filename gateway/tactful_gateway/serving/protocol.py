"""Has an answer leave in one piece: uvicorn writes its head and then its body, each a system call and a packet.

A head that nothing follows in the same turn of the event loop leaves at its end: a stream may take its time.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_END = b"\r\n\r\n"


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's HTTP over a transport that joins writes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin a connection."""
        super().connection_made(cast("asyncio.Transport", _Joining(transport)))


class _Joining:
    """A transport which holds a head back until something follows it, or until the event loop has had its turn."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._call_soon = asyncio.get_running_loop().call_soon
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        """Be the transport in all else."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write now, or with what comes next."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.endswith(HEAD_END):
            self._head = data
            self._call_soon(self._flush)
            return
        self._transport.write(data)

    def close(self) -> None:
        """Close once everything is written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head:
            data, self._head = self._head, b""
            self._transport.write(data)
