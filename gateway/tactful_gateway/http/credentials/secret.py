"""The secret that invitation tokens hang on: made at first start, kept beside the database, open to nobody else."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Callable
from pathlib import Path

from tactful_gateway.disk.new_file import new_file
from tactful_gateway.http.credentials.tokens import SECRET_LENGTH

SUFFIX = ".secret"


class SecretError(Exception):
    """The secret file can't be used."""


def read_or_make_secret(database: Path, random: Callable[[int], bytes]) -> bytes:
    """Give the secret that belongs to a database file; the first call makes it, with mode 0600 and on disk.

    Raises:
        SecretError: the file is damaged or open to others, or can't be written.
    """
    path = _beside(database)
    try:
        if not path.exists():
            _write(path, random(SECRET_LENGTH))
    except OSError as error:
        raise SecretError(f"{path}: {error}") from error
    return _read(path)


def find_secret(database: Path) -> bytes | None:
    """Give the secret that lies beside a database file, None where none was made.

    Raises:
        SecretError: the file is damaged or open to others, or can't be read.
    """
    path = _beside(database)
    return _read(path) if path.exists() else None


def copy_secret(database: Path, copy: Path) -> bool:
    """Put a database's secret beside a copy of it; False where none lies beside the database.

    Raises:
        SecretError: it can't be read or written, or another one lies there.
    """
    secret, path = find_secret(database), _beside(copy)
    if secret is None:
        return False
    try:
        _write(path, secret)
    except OSError as error:
        raise SecretError(f"{path}: {error}") from error
    if _read(path) != secret:
        raise SecretError(f"{path} is another database's secret: take another name for the copy")
    return True


def _beside(database: Path) -> Path:
    return database.with_name(database.name + SUFFIX)


def _read(path: Path) -> bytes:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SecretError(f"{path} can be read by others: chmod 600 {path}")
        secret = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise SecretError(f"{path}: {error}") from error
    if len(secret) < SECRET_LENGTH:
        raise SecretError(f"{path} is damaged: it must hold {SECRET_LENGTH} bytes in hexadecimal")
    return secret


def _write(path: Path, secret: bytes) -> None:
    """Write it whole or not at all: a half secret would void every link that was ever sent."""
    with contextlib.suppress(FileExistsError), new_file(path) as draft:  # who was first, that one's secret counts
        draft.write_text(secret.hex() + "\n", "ascii")
