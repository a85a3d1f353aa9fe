"""For those who run the gateway: is it alive, can it keep its promises, what has it counted."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog
from msgspec import UNSET
from starlette.responses import Response

from tactful_gateway.http.metrics import CONTENT_TYPE
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.services import Services
from tactful_gateway.http.wire import Alive, Readiness, SinkHealth
from tactful_gateway.store.asking import PATIENCE
from tactful_gateway.store.base import Cause, StoreUnavailableError

log: structlog.stdlib.BoundLogger = structlog.get_logger()

MIN_FREE = 64 * 2**20
"""Bytes of free disk below which the gateway wants no more traffic; SQLite needs room to finish what it has."""
OK = "ok"
NO_DISK = f"{MIN_FREE // 2**20} MiB are not free on the database's disk, or it can't be looked at: the log says which"
SAID: Mapping[Cause, str] = {
    "disk_full": "the disk is full: free some space",
    "disk_failing": "the disk fails: check it, and the system's log",
    "read_only": "nothing can be written: check permissions, mount it for writing; of a standby, name the primary",
    "locked": "another program holds the database locked: find and end it (lsof, fuser)",
    "slow": "no commit comes to its end in time: look for what holds or slows the database down",
    "contended": "others hold what is to be written: look for a long transaction, or a rule with a quota",
    "unreachable": "the database can't be reached: see whether it runs and takes connections",
    "damaged": "the database is damaged: stop the gateway, then restore it and its secret from a backup",
    "refused": "the database is refused, or refuses this gateway: the log says why",
    "closed": "the gateway is stopping",
    "other": "the database can't commit: the log says why",
}
"""What everybody may read of it. The store's own words name paths and addresses, and are for the log."""


async def live(call: Call) -> Response:
    """Say that the event loop turns."""
    return answer(Alive())


async def ready(call: Call) -> Response:
    """Say whether a commit is possible and there is disk, 503 when not; names go to those alone who send a key."""
    services, trusted = call.services, call.key is not None
    trouble, disk = await _trouble(services), await _disk(services.data)
    fine = trouble is None and disk is None
    if not fine and services.not_ready():
        log.warning("not_ready", cause=None if trouble is None else trouble.cause, error=str(trouble or disk))
    body = Readiness(
        status="ready" if fine else "unready",
        ruleset=services.rulesets.active.version,
        store=OK if trouble is None else SAID[trouble.cause],
        cause=None if trouble is None else trouble.cause,
        disk=OK if disk is None else NO_DISK,
        reload=services.rejected if trusted else _codes(services.rejected),
        sinks={it.id: SinkHealth(it.state, it.circuit) for it in services.operator.here()} if trusted else UNSET,
        channels={status.id: status.state for status in services.channels()} if trusted else UNSET,
        source=services.source,
        version=None if services.version is None else services.version.number,
    )
    return answer(body) if fine else answer(body, 503, {"retry-after": "5"})


def _codes(problems: Iterable[str]) -> tuple[str, ...]:
    """Give the codes of problems, each once, without their places."""
    return tuple(dict.fromkeys(problem.rpartition(": ")[2] for problem in problems))


async def metrics(call: Call) -> Response:
    """Write everything counted, for Prometheus; what only the store knows stands still while it is away."""
    services = call.services
    with contextlib.suppress(StoreUnavailableError, TimeoutError):
        head, scheduled = await services.journal()
        nothing = {status.id: 0 for status in services.channels()}  # 0 is a number, and a gap in a graph is not
        services.metrics.journal(head, {**nothing, **scheduled})
    services.metrics.sinks(services.operator.here(), services.clock.now())
    services.metrics.channels(services.channels())
    services.metrics.ledger(services.ledger)
    body = await asyncio.to_thread(services.metrics.render)
    return Response(body, headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})


async def _trouble(services: Services) -> StoreUnavailableError | None:
    try:
        await services.check()
    except StoreUnavailableError as error:
        return error
    except TimeoutError:
        said = f"no commit came to its end within {PATIENCE:.0f} s: look for what holds or slows the database down"
        return services.ledger.trouble or StoreUnavailableError(said, "slow")
    return services.ledger.trouble


async def _disk(folder: Path | None) -> str | None:
    if folder is None:
        return None
    try:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    except OSError as error:
        return f"{folder} can't be looked at: {error.strerror}"
    return None if free >= MIN_FREE else f"{folder} has only {free // 2**20} MiB free"
