"""A disk that fails on command: a preloaded library answers for it, below one folder, for as long as it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tests import preload

Mode = Literal["GROW", "ENOSPC", "EDQUOT", "EROFS", "EIO"]


class Disk:
    """The disk below `folder` of processes that have this `environ`."""

    def __init__(self, folder: Path, aside: Path) -> None:
        self._mode = aside / "disk-fails"
        self.environ = {
            **preload.build(Path(__file__).with_name("failing_disk.c"), aside),
            "FAILING_DISK": str(folder),
            "FAILING_DISK_MODE": str(self._mode),
        }

    @contextmanager
    def failing(self, mode: Mode) -> Iterator[None]:
        """Let every write fail within the block."""
        self._mode.write_text(mode)
        self._mode.chmod(0o644)
        try:
            yield
        finally:
            self._mode.unlink()
