"""Notices that a survey folder changed, and goes on noticing when it is replaced as a whole, as deployments do."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

from watchfiles import Change, awatch
from watchfiles.main import FileChange

from tactful_gateway.clock import Clock
from tactful_rules.model.ids import SECOND

SETTLE = 200
"""Milliseconds of quiet in the folder before it is read: editors write in several steps."""

Identity = tuple[int, int] | None


async def watch(
    folder: Path, read: Callable[[], Identity], reload: Callable[[], Awaitable[None]], clock: Clock
) -> None:
    """Reload after each change of a YAML file in or below the folder, for ever.

    `read` tells which folder was read last. A watcher of one that was replaced would go on watching the old one.
    """
    while True:
        await _watch_until_replaced(folder, read(), reload, clock)
        await reload()


async def _watch_until_replaced(
    folder: Path, watched: Identity, reload: Callable[[], Awaitable[None]], clock: Clock
) -> None:
    if watched is None:
        while identify(folder) is None:
            await clock.sleep(SECOND)
        return
    with contextlib.suppress(FileNotFoundError):  # it went before the watcher came
        async for changes in _changes(folder):
            if identify(folder) != watched:
                return
            if changes:
                await reload()


def identify(folder: Path) -> Identity:
    """Tell which folder stands at a path now, None when there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _changes(folder: Path) -> AsyncGenerator[set[FileChange], None]:
    """Watch a folder; gives a set a second at least, an empty one when nothing changed."""
    return awatch(
        folder, watch_filter=_matters, debounce=5 * SETTLE, step=SETTLE, rust_timeout=SECOND, yield_on_timeout=True
    )


def _matters(change: Change, path: str) -> bool:
    # Kubernetes swaps a whole mounted folder by turning its link `..data`.
    return path.endswith((".yaml", ".yml", "..data"))
