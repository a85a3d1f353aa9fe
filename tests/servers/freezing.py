"""Stops processes without ending them: their connections stay, and nothing answers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil


def stop(child: int) -> psutil.Process:
    """Stop a child of ours, and wait until it has: the signal alone takes effect a moment later."""
    process = psutil.Process(child)
    process.suspend()
    os.waitpid(child, os.WUNTRACED)
    return process


@contextmanager
def stopped(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """Let processes that were stopped go on at the end."""
    try:
        yield
    finally:
        for process in processes:
            process.resume()
