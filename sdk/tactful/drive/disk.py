"""The last known good ruleset on disk: one file a gateway and key, replaced whole, worthless when damaged."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tactful.core.complaints import Complaints
from tactful.core.engine import Core
from tactful.drive import loading
from tactful.options import Options, check_options

LIFE = 30 * 86400
"""Seconds that a ruleset is kept after a client last started with it."""

loading.hold_forks()  # every client comes through here, and by now `logging` is loaded


def cache_file(options: Options) -> Path | None:
    """Give the file for this gateway and key, or None when nothing is to be kept."""
    if options.cache_dir is None:
        return None
    name = blake2b(f"{options.url}\0{options.key}".encode(), digest_size=12).hexdigest()
    try:
        folder = options.cache_dir.expanduser()
    except RuntimeError:  # an account without a home
        return None
    return folder / f"ruleset-{name}.json"


def read_file(path: Path) -> bytes | None:
    """Give the file's content, None when there is none; raises `OSError` when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def replace_file(path: Path, content: bytes) -> None:
    """Write the file so that a reader sees the old or the new content; raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _write_all(descriptor, content)
        finally:
            os.close(descriptor)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def keep(options: Options, complaints: Complaints, content: bytes) -> None:
    """Keep the ruleset for the next start; a disk that does not take it is said once."""
    path = cache_file(options)
    if path is None:
        return
    try:
        replace_file(path, content)
        _prune(path)
    except OSError as error:
        message = "The ruleset cannot be kept in %s (%s); choose another cache_dir, or None to keep none."
        complaints.once(logging.WARNING, ("disk",), message, path.parent, error)


def open_core(**given: Any) -> Core:
    """Give a client's first core, with the ruleset that an earlier process kept, if that is there and whole.

    Raises `TypeError` or `ValueError` for options that are not usable.
    """
    options = check_options(**given)
    core = Core.of(options)
    path = cache_file(options) if options.enabled else None
    if path is None:
        return core
    try:
        content = read_file(path)
        if content is not None:
            path.touch()  # in use, however long ago the rules changed
            core.parts.cache.restore(content)
    except (OSError, ValueError) as error:
        message = "The kept ruleset %s is not usable and ignored: %s"
        core.parts.complaints.once(logging.WARNING, ("disk",), message, path, error)
    return core


def _prune(kept: Path) -> None:
    """Delete the files of keys and gateways not used for a month, and drafts that a killed process left."""
    oldest = time.time() - LIFE
    for pattern in ("ruleset-*.json", ".ruleset-*.json.*"):
        for path in kept.parent.glob(pattern):
            with contextlib.suppress(OSError):  # another process may prune too
                if path != kept and path.stat().st_mtime < oldest:
                    path.unlink()


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
