"""Prints events: a readable line each on a terminal, JSON Lines into a pipe.

Written by a thread straight to the file descriptor, since a reader that stops reading must never stop the gateway.
"""

from __future__ import annotations

import os
import select
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.errors import TransientError
from tactful_gateway.outgoing.worker import Worker
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.kind import SinkKind
from tactful_gateway.terminal import show_hidden
from tactful_rules.model.ids import Instant, to_datetime

_DIM, _BOLD, _CYAN, _RESET = "\x1b[2m", "\x1b[1m", "\x1b[36m", "\x1b[0m"


class StdoutConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How lines look; `auto` is `pretty` on a terminal and `json` anywhere else."""

    format: Literal["auto", "json", "pretty"] = "auto"


class StdoutSink:
    """One line an event on the standard output."""

    batch = 100

    def __init__(self, config: StdoutConfig, fd: int = 1) -> None:
        self._fd = fd
        self._pretty = config.format == "pretty" or (config.format == "auto" and os.isatty(fd))
        self._colour = os.isatty(fd) and "NO_COLOR" not in os.environ
        self._worker = Worker("tactful-stdout")

    async def open(self) -> None:
        """Nothing to open: the descriptor was there before."""

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Write the lines; they have arrived when the system took them."""
        lines = [pretty(one, colour=self._colour) if self._pretty else _plain(one) for one in deliveries]
        try:
            await self._worker.run(_write_all, self._fd, b"".join(lines))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "input/output error"
            raise TransientError(f"nobody reads the standard output: {reason}") from error

    async def close(self) -> None:
        """Let the thread go; the descriptor stays open."""
        self._worker.stop()


def pretty(delivery: Delivery, *, colour: bool) -> bytes:
    """Write one event for a human: time, type, person, then what an answer is about.

    Control characters are shown escaped: an answer must not be able to steer the terminal.
    """
    event = msgspec.json.decode(delivery.body)
    data = event.get("data") if isinstance(event, dict) else None
    facts = [f"{key}={_short(value)}" for key, value in _facts(data if isinstance(data, dict) else {})]
    dim, bold, cyan, reset = (_DIM, _BOLD, _CYAN, _RESET) if colour else ("", "", "", "")
    time = to_datetime(delivery.at).strftime("%H:%M:%SZ")
    kind = delivery.type.removeprefix("tactful.")
    line = f"{dim}{time}{reset} {bold}{kind}{reset} {cyan}{_short(delivery.subject)}{reset}"
    return (" ".join([line, *facts]) + "\n").encode("utf-8", "backslashreplace")


def _facts(data: dict[str, Any]) -> list[tuple[str, object]]:
    named = [(key, data[key]) for key in ("touchpoint", "rule", "questionnaire", "channel") if data.get(key)]
    answers = data.get("answers")
    return named + (list(answers.items()) if isinstance(answers, dict) else [])


def _short(value: object, limit: int = 80) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    text = show_hidden(text)
    return f'"{text}"' if " " in text or not text else text


def _plain(delivery: Delivery) -> bytes:
    body = delivery.body
    return (msgspec.json.format(body, indent=-1) if b"\n" in body or b"\r" in body else body) + b"\n"


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:  # another program made our terminal or pipe non-blocking; half a line must not stay
            select.select([], [fd], [])


def _build(config: StdoutConfig, _: Clock) -> StdoutSink:
    return StdoutSink(config)


KIND = SinkKind("stdout", StdoutConfig, _build)
