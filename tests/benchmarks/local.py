"""Clients that have many rules in their process and need no gateway, since their calls all end in a local no."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from tactful import AsyncTactful, Tactful
from tactful.transport import Request, Response
from tests.benchmarks import many_rules as many

CALL = many.call(many.EVENT_NONE)
"""The arguments of a call for which no rule holds, so that none can be found early."""
_URL, _OPTIONS = "http://rules.test", {"key": "sk_bench", "cache_dir": None, "report_every": 3600.0}
READY = 60.0


class Published:
    """A transport that gives one ruleset and is asked for nothing else."""

    def __init__(self, count: int) -> None:
        self.body = msgspec.json.encode(many.gate_ruleset(count))

    def send(self, request: Request, timeout: float) -> Response:
        """Answer at once."""
        if request.path == "/v1/reports":
            return Response(202)
        return Response(200, {"etag": '"v1"'}, self.body)

    def close(self) -> None:
        """Let go of nothing."""


class _Awaited:
    def __init__(self, inner: Published) -> None:
        self._inner = inner

    async def send(self, request: Request, timeout: float) -> Response:
        return self._inner.send(request, timeout)

    async def close(self) -> None:
        self._inner.close()


@contextmanager
def client(count: int) -> Iterator[Tactful]:
    """Give a client that has that many rules; `CALL` ends in its process."""
    with Tactful(_URL, transport=Published(count), **_OPTIONS) as sdk:  # type: ignore[arg-type]  # options by name
        assert sdk.wait_ready(READY)
        decision = sdk.touchpoint(**CALL)
        assert (decision.reason, decision.rejected_params) == ("no_rule", ())
        yield sdk


async def awaited_client(count: int) -> AsyncTactful:
    """Give an `AsyncTactful` that has that many rules, to be closed."""
    transport = _Awaited(Published(count))
    sdk = AsyncTactful(_URL, transport=transport, **_OPTIONS)  # type: ignore[arg-type]  # options by name
    assert await sdk.wait_ready(READY)
    assert (await sdk.touchpoint(**CALL)).reason == "no_rule"
    return sdk
