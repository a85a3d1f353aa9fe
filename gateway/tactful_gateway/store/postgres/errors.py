"""What goes wrong between us and PostgreSQL, as `StoreUnavailableError` in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import asyncpg
from asyncpg import exceptions

from tactful_gateway.store.base import Cause, StoreUnavailableError

MISTAKES = ("22", "23", "42")
"""Classes of errors that are the caller's; `42501` is not."""
NOT_ALLOWED = "42501"

_WORDS: Mapping[str, tuple[Cause, str]] = {
    "08": ("unreachable", "the connection to PostgreSQL broke"),
    "25006": (
        "read_only",
        "PostgreSQL is read-only: a standby (add target_session_attrs=read-write)? default_transaction_read_only?",
    ),
    "28": ("refused", "PostgreSQL refuses the user or password: check the URL"),
    "3D": ("refused", "there is no such database: create it, or check the URL"),
    "40": ("contended", "too many gateways want the same persons at once"),
    NOT_ALLOWED: ("refused", "the user may not do this: make it the database's owner"),
    "53100": ("disk_full", "PostgreSQL's disk is full: free some space"),
    "53200": ("other", "PostgreSQL is out of memory"),
    "53300": ("unreachable", "PostgreSQL takes no more connections: raise max_connections"),
    "55P03": ("contended", "another session holds a lock for too long"),
    "57014": ("slow", "PostgreSQL took too long: does another session hold a lock?"),
    "57": ("unreachable", "PostgreSQL shuts down or starts"),
    "58": ("disk_failing", "PostgreSQL's disk fails: check its log"),
    "XX": ("other", "PostgreSQL fails: check its log"),
    "XX001": ("damaged", "PostgreSQL's files are damaged: check its log, restore a backup"),
    "XX002": ("damaged", "an index of PostgreSQL is damaged: check its log, REINDEX"),
}


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the connection and the server raise into `StoreUnavailableError`; mistakes of the caller pass."""
    try:
        yield
    except exceptions.PostgresError as error:
        if is_mistake(error):
            raise
        raise _explained(error) from error
    except exceptions.DataError:  # an argument of the wrong type
        raise
    except TimeoutError as error:
        raise StoreUnavailableError("PostgreSQL does not answer", "unreachable") from error
    # The last one is what asyncpg makes of a goodbye that it did not ask for.
    except (asyncpg.InterfaceError, OSError, exceptions.InternalClientError) as error:
        raise StoreUnavailableError(f"PostgreSQL can't be reached ({error})", "unreachable") from error


def is_mistake(error: exceptions.PostgresError) -> bool:
    """Tell whether the caller asked for what can't be, which trying again does not mend."""
    state = error.sqlstate or ""
    return state.startswith(MISTAKES) and state != NOT_ALLOWED


def _explained(error: exceptions.PostgresError) -> StoreUnavailableError:
    state = error.sqlstate or ""
    unknown: tuple[Cause, str] = ("other", "PostgreSQL can't do it")
    cause, said = next((_WORDS[code] for code in (state, state[:2]) if code in _WORDS), unknown)
    told = str(error).splitlines()[0] if str(error) else type(error).__name__
    return StoreUnavailableError(f"{said} ({told})", cause)
