"""`AsyncTactful` for asyncio; it is `Tactful` with `await`, over the same core, with tasks instead of threads."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tactful.client import USER_CACHE
from tactful.drive import loading
from tactful.status import Status
from tactful.transport import AsyncTransport
from tactful_rules.model.decision import Decision

if TYPE_CHECKING:
    from tactful.core.engine import Core  # loaded by the first client, so that importing stays cheap
    from tactful.drive.tasks import TaskDriver


class AsyncTactful:
    """Asks the gateway at a touchpoint whether to ask the person something.

    May be made before the loop runs; the background starts with the first call. Close it, or use `async with`.

    Raises:
        TypeError, ValueError: an option is not usable; nothing else is ever raised, unless `raise_errors` is set.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str,
        timeout: float = 0.3,
        transport: AsyncTransport | None = None,
        cache_dir: str | os.PathLike[str] | None = USER_CACHE,
        refresh: float = 15.0,
        report_every: float = 10.0,
        queue_size: int = 1000,
        enabled: bool = True,
        raise_errors: bool = False,
    ) -> None:
        core: Core = loading.build(
            "tactful.drive.disk",
            "open_core",
            url=url,
            key=key,
            timeout=timeout,
            cache_dir=cache_dir,
            refresh=refresh,
            report_every=report_every,
            queue_size=queue_size,
            enabled=enabled,
            raise_errors=raise_errors,
        )
        self._options = core.parts.options
        self._core = core
        self._pid = os.getpid()
        self._transport = transport
        self._driver: TaskDriver | None = None
        # Now, not at the first call: that would stand still, and the loop with it, until httpx is loaded.
        self._make_driver: type[TaskDriver] = loading.find("tactful.drive.tasks", "TaskDriver")
        if enabled:
            loading.build("tactful.drive.lifecycle", "watch", self)
            if transport is None:
                loading.ahead("tactful.drive.http_async")

    async def touchpoint(
        self,
        name: str,
        person: str | Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        reach: Mapping[str, bool | str] | None = None,
        locale: str | None = None,
        timezone: str | None = None,
        page: Mapping[str, str | None] | None = None,
        device: Mapping[str, str | None] | None = None,
        event_id: str | None = None,
        background: bool = False,
    ) -> Decision:
        """Tell that the person is at the touchpoint and get the decision, within `timeout` plus 50 ms.

        The arguments and what comes back are those of `Tactful.touchpoint`.

        Raises:
            TactfulError: only with `raise_errors`, where there is no decision from the gateway or the gate.
        """
        driver = self._here()
        refused = driver.core.local.refuse(name, person, params, reach, locale, timezone, page, device, event_id)
        if refused is not None:
            driver.start()
            return refused
        deadline = time.monotonic() + self._options.timeout
        arguments = {
            "touchpoint": name,
            "person": person,
            "params": params,
            "reach": reach,
            "locale": locale,
            "timezone": timezone,
            "page": page,
            "device": device,
            "event_id": event_id,
        }
        settled = await driver.decide(arguments, deadline, background=background)
        if settled.error is not None and self._options.raise_errors:
            raise settled.error
        return settled.decision

    async def wait_ready(self, timeout: float = 5.0) -> bool:  # noqa: ASYNC109 - the same as in `Tactful`
        """Tell whether the gateway can be asked, as soon as that is known, after `timeout` seconds at most.

        It can when it has given this process its ruleset or a decision. For scripts and start-up code: the first call
        of a process otherwise spends its own timeout on loading and connecting. Never raises. A disabled client
        has nothing to wait for and says True.
        """
        if not self._options.enabled:
            return True
        if self._core.parts.closed:
            return False
        return await self._here().wait_ready(timeout)

    async def flush(self, timeout: float = 2.0) -> bool:  # noqa: ASYNC109 - the same as in `Tactful`
        """Send the queued touchpoints and the report now; tell whether all of it arrived within `timeout` seconds."""
        if not self._options.enabled:
            return True
        return await self._here().flush(timeout)

    def status(self) -> Status:
        """Tell how old the rules are, what went wrong last, how the circuit stands and what was dropped."""
        return self._core.parts.status()

    async def close(self, timeout: float = 2.0) -> None:  # noqa: ASYNC109 - the same as in `Tactful`
        """Flush within `timeout` seconds and let go of the task and connections; later calls answer `off`."""
        if self._core.parts.closed:
            return
        self._core.parts.closed = True
        loading.build("tactful.drive.lifecycle", "forget", self)
        if self._driver is not None or self._core.errands.has_work():
            await self._here().close(timeout)

    async def leave_loop(self, timeout: float) -> None:  # noqa: ASYNC109 - the same as in `close`
        """Send what there is and let go of the running loop, which ends; a later call takes up with its own."""
        driver = self._driver
        if driver is not None and driver.here():
            self._driver = None
            await driver.rest(timeout)

    def leave(self, timeout: float) -> None:
        """Close at the interpreter's exit: the loop is gone, so what is left goes out by a thread."""
        if self._pid == os.getpid() and not self._core.parts.closed and self._transport is None:
            self._core.parts.closed = True
            loading.build("tactful.drive.threads", "ThreadDriver", self._core, None).close(timeout)

    async def __aenter__(self) -> Self:
        if self._options.enabled:
            self._here().start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _here(self) -> TaskDriver:
        """Give the driver of the running loop; the first call in a loop, or after a fork, makes it."""
        if self._driver is not None and self._driver.here():
            return self._driver
        if self._driver is None:
            if self._pid != os.getpid():
                self._core = self._core.successor()
            self._driver = self._make_driver(self._core, self._transport)
        else:
            self._driver = self._driver.successor()
            self._core = self._driver.core
        self._pid = os.getpid()
        return self._driver
