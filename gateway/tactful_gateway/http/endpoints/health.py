"""For those who run the gateway: is it alive, can it keep its promises, what has it counted."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from starlette.responses import Response

from tactful_gateway.http.metrics import CONTENT_TYPE
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.services import Services
from tactful_gateway.http.wire import Alive, Readiness
from tactful_gateway.store.base import StoreUnavailableError

MIN_FREE = 64 * 2**20
"""Bytes of free disk below which the gateway wants no more traffic; SQLite needs room to finish what it has."""
OK = "ok"


async def live(call: Call) -> Response:
    """Say that the event loop turns."""
    return answer(Alive())


async def ready(call: Call) -> Response:
    """Say whether a commit is possible and there is disk; 503 when not."""
    services = call.services
    store, disk = await _store(services), await _disk(services.data)
    fine = store == OK and disk == OK
    body = Readiness(
        status="ready" if fine else "unready",
        ruleset=services.rulesets.active.version,
        store=store,
        disk=disk,
        reload=services.rejected,
        channels={status.id: status.state for status in services.channels()},
        source=services.source,
        version=None if services.version is None else services.version.number,
    )
    return answer(body) if fine else answer(body, 503, {"retry-after": "5"})


async def metrics(call: Call) -> Response:
    """Write everything counted, for Prometheus."""
    services = call.services
    services.metrics.journal(await services.store.head())
    services.metrics.sinks(services.sinks())
    services.metrics.channels(services.channels(), await services.store.scheduled())
    body = await asyncio.to_thread(services.metrics.render)
    return Response(body, headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})


async def _store(services: Services) -> str:
    try:
        await services.store.check()
    except StoreUnavailableError as error:
        return str(error) or "the store can't commit"
    return OK


async def _disk(folder: Path | None) -> str:
    if folder is None:
        return OK
    try:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    except OSError as error:
        return f"{folder} can't be looked at: {error.strerror}"
    return OK if free >= MIN_FREE else f"only {free // 2**20} MiB free, at least {MIN_FREE // 2**20} needed"
