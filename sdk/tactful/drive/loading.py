"""Loads what only some processes need, when they need it; the only import of the SDK that is not at a module's top.

Importing `tactful` loads little; the first client loads the core, the first connection httpx (100 ms, 20 MB), the first
identity token OpenSSL (4 MB).

A process that forks while a thread is importing leaves the child with a module that nobody will ever finish, so forks
wait for an import under way. uWSGI forks without asking anybody, so there everything is loaded in the thread that asks.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
from typing import Any

LONGEST_WAIT = 2.0
"""Seconds a fork waits at most: better a child without a connection than a process that hangs."""

_guard = threading.RLock()
_pid = os.getpid()
_held_for_fork = threading.local()


def build(module: str, name: str, *arguments: object, **options: object) -> Any:
    """Import `module` and call its `name`, with forks held off meanwhile."""
    with _lock():
        return find(module, name)(*arguments, **options)


def find(module: str, name: str) -> Any:
    """Import `module` and give its `name`, with forks held off meanwhile; whoever keeps it never waits here again."""
    with _lock():
        return getattr(importlib.import_module(module), name)


def ahead(module: str) -> None:
    """Import `module` in a thread of its own, with forks held off meanwhile; who needs it then finds it loaded."""
    if forks_unseen():
        _load(module)
        return
    thread = threading.Thread(target=_load, args=(module,), name="tactful-loading", daemon=True)
    with contextlib.suppress(RuntimeError):  # the interpreter is shutting down: nothing will need it
        thread.start()


def forks_unseen() -> bool:
    """Tell whether this process may fork without Python's hooks, as uWSGI does once it has loaded the app."""
    return "uwsgi" in sys.modules


def hold_forks() -> None:
    """Make forks of this process wait for an import under way; called once, when `logging` is loaded.

    Hooks run before a fork in the reverse order of registration. `logging` has one that takes its lock, which the
    import of httpx needs: this one has to come first, so it has to be registered after it.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_parent=_after_in_parent)


def _load(module: str) -> None:
    with _lock(), contextlib.suppress(Exception):  # whoever needs it tries again, and says what is wrong
        importlib.import_module(module)


def _before_fork() -> None:
    _held_for_fork.it = _lock().acquire(timeout=LONGEST_WAIT)


def _after_in_parent() -> None:
    if _held_for_fork.it:
        _guard.release()


def _lock() -> threading.RLock:
    """Give this process's lock; that of a parent is never touched, since its holder may not exist here.

    Python's hooks do not tell of every fork: uWSGI calls none.
    """
    global _guard, _pid
    if _pid != os.getpid():
        _guard, _pid = threading.RLock(), os.getpid()
    return _guard
