"""A clock for the committer that nothing moves but the test, however busy the machine is."""

from __future__ import annotations

import asyncio


class StillLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still until it is moved."""

    now = 0.0

    def time(self) -> float:
        return self.now
