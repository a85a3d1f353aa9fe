"""A file in the making: it lies beside the one that it will be, and where a run was killed, the next begins it anew.

Whoever makes it holds a lock on it, so that nobody takes one that is still being written for a left-over.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import TextIO


def partial_path(path: Path) -> Path:
    """Give where a file lies until it is whole."""
    return path.with_name(f"{path.name}.partial")


def open_partial(path: Path) -> tuple[TextIO, bool]:
    """Open a file in the making, empty, and tell whether another run left something there.

    Raises:
        BlockingIOError: another process is making it.
        OSError: it can't be written there.
    """
    while True:
        file = path.open("a", encoding="utf-8", newline="")
        try:
            _lock(file)
            # Whoever held the lock may have given the file its name meanwhile: then this one is about to be nowhere.
            if _is_at(file, path):
                found = os.fstat(file.fileno())
                if found.st_nlink == 1:
                    file.truncate(0)
                    return file, found.st_size > 0
                path.unlink()  # it is whole, and has its own name: whoever gave it that was killed before this one went
        except BaseException:
            file.close()
            raise
        file.close()


def _lock(file: TextIO) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a share without locks; then nobody may make the same twice at once
        return


def _is_at(file: TextIO, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False
