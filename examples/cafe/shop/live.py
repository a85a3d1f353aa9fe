"""The panel behind the counter: answers as they reach the JSON Lines file, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from .visit import Shop

RECENT_ANSWERS = 6


async def answers(request: Request) -> Response:
    """Stream the answers as they reach the file; a page that comes back goes on where it was."""
    shop: Shop = request.app.state.shop
    seen = request.headers.get("last-event-id", "")
    stream = follow(shop, int(seen) if seen.isdecimal() else None)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"cache-control": "no-store"})


async def follow(shop: Shop, position: int | None) -> AsyncIterator[str]:
    """Read the file's new lines four times a second, as server-sent events whose id is the position in the file."""
    yield "retry: 1000\n\n"
    while not shop.closing.is_set():
        lines = await asyncio.to_thread(read_lines, shop.answers, position or 0)
        for end, line in lines[-RECENT_ANSWERS:] if position is None else lines:
            yield f"id: {end}\nevent: answer\ndata: {json.dumps(summary(line))}\n\n"
        position = lines[-1][0] if lines else position or 0
        await asyncio.sleep(0.25)


def read_lines(path: Path, position: int) -> list[tuple[int, dict[str, Any]]]:
    """Give the whole lines after `position`, each with the position of its end; none when there is no file yet."""
    try:
        with path.open("rb") as file:
            file.seek(position)
            chunk = file.read()
    except FileNotFoundError:
        return []
    found = []
    for line in chunk[: chunk.rfind(b"\n") + 1].splitlines(keepends=True):
        position += len(line)
        found.append((position, json.loads(line)))
    return found


def summary(event: dict[str, Any]) -> dict[str, Any]:
    """Cut out of a `response.completed` event what the panel shows."""
    data = event["data"]
    return {
        "at": event["time"],
        "person": data["person"]["id"],
        "questionnaire": data["questionnaire"],
        "questions": data["questions"],
    }
