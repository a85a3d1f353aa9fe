"""Sets up logging for a process of ours: one line an event, JSON unless somebody is watching; never in a host app."""

from __future__ import annotations

import logging
import sys
from time import monotonic
from traceback import format_tb
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

AGAIN = 10.0
"""Seconds between two lines about what does not change."""
RESERVED = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
LEVELS = ("debug", "info", "warning", "error")


def configure_logs(level: str, stream: TextIO = sys.stderr) -> None:
    """Send all logs of this process to `stream`: readable on a terminal, JSON otherwise.

    Raises:
        ValueError: there is no such level.
    """
    if level not in LEVELS:
        raise ValueError(f"the log level is one of {', '.join(LEVELS)}, not {level!r}")
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def place_of_error(error: BaseException) -> str:
    """Tell an error's type and where it came from, without its message and variables: both may hold answers."""
    return f"{type(error).__name__}\n" + "".join(format_tb(error.__traceback__))


class Seldom:
    """Says when to tell again of what goes on and on: at once, and then every ten seconds."""

    def __init__(self) -> None:
        self._from = 0.0

    def __call__(self) -> bool:
        """Tell whether it is time; if so, what is told now counts as told."""
        now = monotonic()
        due = now >= self._from
        if due:
            self._from = now + AGAIN
        return due


def log_to_stdlib() -> None:
    """Hand our log lines to the host app's own `logging` (logger `tactful`), unless it uses structlog itself."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, _rename_reserved, structlog.stdlib.render_to_log_kwargs],
        logger_factory=_named,
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _rename_reserved(_: object, __: str, line: EventDict) -> EventDict:
    """Give keys of ours other names that `logging` keeps for itself: it raises where one is given."""
    return {f"{key}_" if key in RESERVED else key: value for key, value in line.items()}


def _named(*_: object) -> logging.Logger:
    return logging.getLogger("tactful")
