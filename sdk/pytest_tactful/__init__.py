"""The pytest plug-in: fixtures that give fakes; a package of its own, so that other test runs do not load the SDK."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tactful.testing import FakeAsyncTactful, FakeTactful


@pytest.fixture
def tactful() -> Iterator[FakeTactful]:
    """Give a `Tactful` without a gateway: `decide("payment", "paused")` sets what it says, `calls` has what came."""
    from tactful.testing import FakeTactful  # noqa: PLC0415 - only tests that use it pay for it

    with FakeTactful() as fake:
        yield fake


@pytest.fixture
def async_tactful() -> FakeAsyncTactful:
    """Give an `AsyncTactful` without a gateway; see the fixture `tactful`."""
    from tactful.testing import FakeAsyncTactful  # noqa: PLC0415 - only tests that use it pay for it

    return FakeAsyncTactful()
