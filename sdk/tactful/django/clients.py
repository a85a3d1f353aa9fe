"""The project's clients, made from the setting TACTFUL: one for threads and one for asyncio, each once a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from django.core.signals import setting_changed
from django.dispatch import receiver

from tactful.async_client import AsyncTactful
from tactful.client import Tactful
from tactful.django.conf import client_options

_lock = RLock()  # a signal handler may come here while its thread is in here: it makes the client, or finds it
_made: dict[type[Tactful] | type[AsyncTactful], Any] = {}


def client() -> Tactful:
    """Give the `Tactful` of this project, for sync views, tasks and commands.

    Raises:
        TypeError, ValueError: the setting TACTFUL is not usable; `manage.py check` says so, too.
    """
    made: Tactful = _client(Tactful)
    return made


def async_client() -> AsyncTactful:
    """Give the `AsyncTactful` of this project, for async views.

    Raises:
        TypeError, ValueError: the setting TACTFUL is not usable; `manage.py check` says so, too.
    """
    made: AsyncTactful = _client(AsyncTactful)
    return made


@contextmanager
def use(sdk: Tactful | AsyncTactful) -> Iterator[None]:
    """Let `client()`, or `async_client()`, give `sdk` within the block: a fake in a test, an embedded gateway."""
    kind = AsyncTactful if isinstance(sdk, AsyncTactful) else Tactful
    before = _made.get(kind)
    _made[kind] = sdk
    try:
        yield
    finally:
        _made.pop(kind, None)
        if before is not None:
            _made[kind] = before


def _client(kind: type[Tactful] | type[AsyncTactful]) -> Any:
    found = _made.get(kind)
    if found is not None:
        return found
    with _lock:
        return _made[kind] if kind in _made else _made.setdefault(kind, kind(**client_options()))


@receiver(setting_changed)
def _forget(*, setting: str, **_: Any) -> None:
    """Let a test that overrides TACTFUL have clients of its own; one that is dropped ends by itself."""
    if setting == "TACTFUL":
        _made.clear()
