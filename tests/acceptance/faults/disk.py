"""A disk that fails on command: a preloaded library answers for it, below one folder, for as long as it is told to."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

CC = shutil.which("cc") or shutil.which("gcc")
POSSIBLE = CC is not None and sys.platform == "linux"
NEEDS_COMPILER = pytest.mark.skipif(not POSSIBLE, reason="a disk that fails takes a C compiler and LD_PRELOAD")

Mode = Literal["GROW", "ENOSPC", "EROFS", "EIO"]


class Disk:
    """The disk below `folder` of processes that have this `environ`."""

    def __init__(self, folder: Path, aside: Path) -> None:
        assert CC is not None
        library = aside / "failing_disk.so"
        source = Path(__file__).with_name("failing_disk.c")
        subprocess.run([CC, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        self._mode = aside / "disk-fails"
        self.environ = {
            "LD_PRELOAD": str(library),
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
