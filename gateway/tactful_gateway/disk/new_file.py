"""A new file: whole, on disk and its owner's alone, or not there; it never takes the place of another one.

A link fails where the name is taken, a renaming does not; but not every disk has links.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tactful_gateway.disk.folder import sync_folder

WITHOUT_LINKS = frozenset((errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS))
"""How FAT and network shares refuse a link, see link(2)."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class NoPermissionsError(OSError):
    """Others could read it, for its disk keeps no permissions: mount it with umask=077, or write it to another disk."""

    def __init__(self) -> None:
        super().__init__(str(self.__doc__))


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give an empty file to write to, which gets the name `path` when the block has ended well.

    Raises:
        FileExistsError: there is something by then; it stays as it is.
        NoPermissionsError: others could read it.
        OSError: the disk fails, or its folder can't be written.
    """
    _refuse_to_replace(path)  # before anybody waits for what would be in vain
    descriptor, name = tempfile.mkstemp(".draft", f"{path.name}.", path.parent)
    draft = Path(name)
    try:
        try:
            if os.fstat(descriptor).st_mode & OTHERS:
                raise NoPermissionsError
            yield draft
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        name_new(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def name_new(draft: Path, path: Path) -> None:
    """Give a file a name that nothing has yet; afterwards it may still have its old one, too.

    Raises:
        FileExistsError: there is something by then; it stays as it is.
        OSError: the disk fails, or its folder can't be written.
    """
    try:
        path.hardlink_to(draft)
    except OSError as error:
        if error.errno not in WITHOUT_LINKS:
            raise
        _rename(draft, path)


def _rename(draft: Path, path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a share without locks; then two that begin in the same moment both go on
            fcntl.flock(folder, fcntl.LOCK_EX)  # it ends with its holder, however that ends
        _refuse_to_replace(path)
        draft.rename(path)
    finally:
        os.close(folder)


def _refuse_to_replace(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
