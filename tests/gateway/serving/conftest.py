"""The event loops that these tests run on: that of `tactful serve`, and the one of where that is not to be had."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from tactful_gateway.serving.server import event_loop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test on either: when what is written leaves, and in how many pieces, is the loop's doing."""
    return {"as served": event_loop, "plain": asyncio.new_event_loop}
