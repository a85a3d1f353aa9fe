"""Appends events to a JSON Lines file; a delivery has arrived when its line is fsynced."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.errors import TransientError
from tactful_gateway.outgoing.worker import Worker
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.jsonl.config import JsonlConfig, check, read_size
from tactful_gateway.sinks.jsonl.file import ForeignFileError, LineFile
from tactful_gateway.sinks.kind import SinkKind
from tactful_rules.model.ids import Instant


class JsonlSink:
    """One JSON object a line, in journal order. A line may come twice after a crash, with the same `id`."""

    batch = 500

    def __init__(self, config: JsonlConfig) -> None:
        rotate = config.rotate
        size = None if rotate.size is None else read_size(rotate.size)
        self._file = LineFile(Path(config.path).expanduser(), size, rotate.every == "day")
        self._worker = Worker("tactful-jsonl")

    async def open(self) -> None:
        """Open the file; a torn last line is repaired."""
        await self._run(self._file.open)

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Write the deliveries and fsync them."""
        await self._run(self._file.append, [one_line(delivery.body) for delivery in deliveries], now)

    async def close(self) -> None:
        """Close the file."""
        await self._run(self._file.close)
        self._worker.stop()

    async def _run(self, call: Callable[..., None], *args: object) -> None:
        try:
            await self._worker.run(call, *args)
        except ForeignFileError as error:
            raise TransientError("the file holds something else than events: name another `path`") from error
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "input/output error"
            raise TransientError(f"the file can't be written: {reason}") from error


def one_line(body: bytes) -> bytes:
    """Give a JSON body without line breaks between its tokens; one without any stays as it is, byte for byte."""
    if b"\n" not in body and b"\r" not in body:
        return body
    return msgspec.json.format(body, indent=-1)


def _build(config: JsonlConfig, _: Clock) -> JsonlSink:
    return JsonlSink(config)


KIND = SinkKind("jsonl", JsonlConfig, _build, check, file="path")
