"""The clients without a gateway: what they decide is set by a test, what they were asked is kept for it.

What surprises: they are the real clients, gate included, so a touchpoint without a decision is `unknown_touchpoint` and
never leaves the process; `calls` has it, `touchpoints` has not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from tactful.async_client import AsyncTactful
from tactful.client import Tactful
from tactful.context import CARRIED, Carried, carried
from tactful.testing.recording import AsyncRecordingTransport, RecordingTransport
from tactful.testing.script import URL, Answer, Answers, ScriptedTransport
from tactful_rules.model.decision import Decision

_DEFAULTS = {"key": "sk_testing", "cache_dir": None, "timeout": 5.0}
FOLLOWS = 5.0
"""Seconds in which the background has to take in what a test set; it takes a millisecond."""


class FakeCall(Struct, frozen=True, kw_only=True):
    """One call of `touchpoint()`: its arguments, with what the request around it carries, and what it was told."""

    touchpoint: str
    person: str | Mapping[str, Any] | None
    params: Mapping[str, Any] | None
    reach: Mapping[str, bool | str] | None
    locale: str | None
    timezone: str | None
    page: Mapping[str, str | None] | None
    device: Mapping[str, str | None] | None
    background: bool
    decision: Decision


class FakeTactful(Tactful):
    """A `Tactful` without a gateway: `FakeTactful(decisions={"payment": asked(), "menu": "paused"})`.

    `calls` has every call, `touchpoints` the bodies of those that would have reached the gateway.
    """

    def __init__(self, decisions: Answers | None = None, **options: Any) -> None:
        self.calls: list[FakeCall] = []
        self._script = ScriptedTransport(decisions or {})
        self.transport = RecordingTransport(self._script)
        super().__init__(URL, transport=self.transport, **(_DEFAULTS | options))

    @property
    def touchpoints(self) -> list[dict[str, Any]]:
        """The bodies of the touchpoint calls."""
        return self.transport.touchpoints

    def decide(self, touchpoint: str, answer: Answer, *more: Answer) -> None:
        """Set what calls at this touchpoint are told from now on: one answer after the other, the last again and again.

        Raises:
            ValueError: an answer is no reason, or a decision that contradicts itself.
        """
        self._script.decide(touchpoint, answer, *more)
        driver = self._here()
        deadline = time.monotonic() + FOLLOWS
        # Waited for, not put in: a look that is under way would put the old rules back.
        while self._options.enabled and driver.core.parts.cache.version != self._script.version:
            assert time.monotonic() < deadline, "the background does not follow; is the client closed?"
            driver.core.parts.cache.next_look = 0.0
            driver.wake()
            time.sleep(0.0005)

    def touchpoint(
        self,
        name: str,
        person: str | Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        **said: Any,
    ) -> Decision:
        """Do as `Tactful.touchpoint` does, and keep the call."""
        with _watched(name, person, params, said) as arguments:
            decision = super().touchpoint(name, person, params, **said)
        self.calls.append(FakeCall(**arguments, decision=decision))
        return decision


class FakeAsyncTactful(AsyncTactful):
    """An `AsyncTactful` without a gateway; see `FakeTactful`."""

    def __init__(self, decisions: Answers | None = None, **options: Any) -> None:
        self.calls: list[FakeCall] = []
        self._script = ScriptedTransport(decisions or {})
        self.transport = AsyncRecordingTransport(self._script)
        super().__init__(URL, transport=self.transport, **(_DEFAULTS | options))

    @property
    def touchpoints(self) -> list[dict[str, Any]]:
        """The bodies of the touchpoint calls."""
        return self.transport.touchpoints

    def decide(self, touchpoint: str, answer: Answer, *more: Answer) -> None:
        """Set what calls at this touchpoint are told from now on: one answer after the other, the last again and again.

        Raises:
            ValueError: an answer is no reason, or a decision that contradicts itself.
        """
        self._script.decide(touchpoint, answer, *more)

    async def touchpoint(
        self,
        name: str,
        person: str | Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        **said: Any,
    ) -> Decision:
        """Do as `AsyncTactful.touchpoint` does, with all that was set before, and keep the call."""
        await self._follow()
        with _watched(name, person, params, said) as arguments:
            decision = await super().touchpoint(name, person, params, **said)
        self.calls.append(FakeCall(**arguments, decision=decision))
        return decision

    async def _follow(self) -> None:
        """Wait until the background has taken in what `decide` set, which cannot wait itself."""
        driver = self._here()
        deadline = time.monotonic() + FOLLOWS
        while not driver.core.off and driver.core.parts.cache.version != self._script.version:
            assert time.monotonic() < deadline, "the background does not follow; does something block the loop?"
            driver.core.parts.cache.next_look = 0.0
            driver.wake()
            await asyncio.sleep(0.0005)


@contextmanager
def _watched(name: str, person: object, params: object, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the arguments of the call that is made in the block, when it is over with what its request put in."""
    given = dict.fromkeys(("reach", "locale", "timezone", "page", "device"))
    kept = {key: value for key, value in said.items() if key != "event_id"}
    arguments = {"touchpoint": name, "person": person, "params": params, "background": False, **given, **kept}
    request = CARRIED.get()
    if request is None:
        yield arguments
        return
    watching = _Watching(request)
    with carried(watching):
        yield arguments
    arguments |= {key: watching.filled[key] for key in watching.filled.keys() & arguments.keys()}


class _Watching(Carried):
    """A request that keeps what it put in: asking it a second time would not be the same."""

    __slots__ = ("_request", "filled")

    def __init__(self, request: Carried) -> None:
        super().__init__()
        self.tells_person = request.tells_person
        self._request = request
        self.filled: dict[str, Any] = {}

    def fill(self, arguments: dict[str, Any]) -> None:
        self._request.fill(arguments)
        self.filled = dict(arguments)

    async def fill_awaiting(self, arguments: dict[str, Any]) -> None:
        await self._request.fill_awaiting(arguments)
        self.filled = dict(arguments)
