"""Waits for what is to come, however slow the machine: the one way to wait in these tests, and no limit on speed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 60.0
"""Seconds that anything may take on a machine that others use as well."""
PAUSE = 0.01

T = TypeVar("T")


def eventually(
    look: Callable[[], T],
    patience: float = PATIENCE,
    otherwise: str | Callable[[], object] = "it never came to that",
) -> T:
    """Look until what is found holds, and give it; fail after `patience` seconds with what `otherwise` tells by then.

    A number that is to be met exactly is waited for with `>=` and asserted afterwards: one too many fails at once.
    """
    end = time.monotonic() + patience
    while not (found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"{otherwise() if callable(otherwise) else otherwise} (after {patience:g} s)")
        time.sleep(PAUSE)
    return found
