"""Work that goes on beside the requests for as long as the gateway runs; a mistake in it is told and ends nothing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.logs import place_of_error
from tactful_rules.model.ids import SECOND, Span

AGAIN: Span = 5 * SECOND
"""The wait before work that failed unexpectedly starts again: what fails each time must not fill the log."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def keep_up(name: str, work: Callable[[], Coroutine[Any, Any, None]], clock: Clock) -> None:
    """Do work that never ends by itself; start it again when it did so by an error."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nobody waits for it, so nobody else would ever hear of it
            _tell(name, error)
        await clock.sleep(AGAIN)


def _tell(work: str, error: Exception) -> None:
    log.error("housekeeping_failed", work=work, again_in_ms=AGAIN, trace=place_of_error(error))
