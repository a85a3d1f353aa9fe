"""`Tactful` for threads; after construction it never raises into the app and never holds it longer than its timeout."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Mapping
from os import getpid
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tactful.drive import loading
from tactful.status import Status
from tactful.transport import Transport
from tactful_rules.model.decision import Decision

if TYPE_CHECKING:
    from tactful.drive.threads import ThreadDriver  # loaded by the first client, so that importing stays cheap

USER_CACHE = "~/.cache/tactful"
"""Where the last known good ruleset is kept unless the caller says otherwise."""


class Tactful:
    """Asks the gateway at a touchpoint whether to ask the person something.

    One object serves all threads of a process and its forked children. Options are described in the README.

    Raises:
        TypeError, ValueError: an option is not usable; nothing else is ever raised, unless `raise_errors` is set.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str,
        timeout: float = 0.3,
        transport: Transport | None = None,
        cache_dir: str | os.PathLike[str] | None = USER_CACHE,
        refresh: float = 15.0,
        report_every: float = 10.0,
        queue_size: int = 1000,
        enabled: bool = True,
        raise_errors: bool = False,
    ) -> None:
        driver: ThreadDriver = loading.build(
            "tactful.drive.threads",
            "open_driver",
            transport,
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
        self._options = driver.core.parts.options
        self._driver = driver
        self._drivers = {driver.pid: driver}
        self._finalizer = weakref.finalize(self, driver.abandon)
        self._finalizer.atexit = False
        if enabled:
            loading.build("tactful.drive.lifecycle", "watch", self)
            driver.prepare()  # loads httpx; last, since loading anything else would wait for that

    def touchpoint(
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

        `person` is an id, or a map with `id`, traits and perhaps `locale` and `timezone`. It, `locale`, `page` and
        `device` may be left out where a middleware carries the request. `params` may be nested or have dotted keys.
        `reach` maps channels to True or an address. The same `event_id` within 24 hours gives the same decision again.
        With `background` it returns at once with reason `unavailable` (unless the gate already knows the no) and the
        call is delivered when it can be.

        Raises:
            TactfulError: only with `raise_errors`, where there is no decision from the gateway or the gate.
        """
        driver = self._driver
        if driver.pid != getpid():
            driver = self._here()
        refused = driver.refuse(name, person, params, reach, locale, timezone, page, device, event_id)
        if refused is not None:
            if driver.thread is None:  # a forked child's first call: somebody has to follow the rules and report
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
        settled = driver.decide(arguments, deadline, background=background)
        if settled.error is not None and self._options.raise_errors:
            raise settled.error
        return settled.decision

    def wait_ready(self, timeout: float = 5.0) -> bool:
        """Tell whether the gateway can be asked, as soon as that is known, after `timeout` seconds at most.

        It can when it has given this process its ruleset or a decision. For scripts and start-up code: the first call
        of a process otherwise spends its own timeout on loading and connecting. Never raises. A disabled client
        has nothing to wait for and says True.
        """
        if not self._options.enabled:
            return True
        return self._here().wait_ready(timeout)

    def flush(self, timeout: float = 2.0) -> bool:
        """Send the queued touchpoints and the report now; tell whether all of it arrived within `timeout` seconds."""
        if not self._options.enabled:
            return True
        return self._here().flush(timeout)

    def status(self) -> Status:
        """Tell how old the rules are, what went wrong last, how the circuit stands and what was dropped."""
        return self._here().core.parts.status()

    def close(self, timeout: float = 2.0) -> None:
        """Flush within `timeout` seconds and let go of threads and connections; later calls answer `off`."""
        driver = self._here()
        if driver.core.parts.closed:
            return
        driver.core.parts.closed = True
        loading.build("tactful.drive.lifecycle", "forget", self)
        driver.close(timeout)

    def leave(self, timeout: float) -> None:
        """Close at the interpreter's exit."""
        self.close(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _here(self) -> ThreadDriver:
        """Give this process's driver; the first call after a fork makes it, without touching an inherited lock."""
        driver = self._driver
        if driver.pid == getpid():
            return driver
        fresh = driver.successor()
        self._driver = self._drivers.setdefault(fresh.pid, fresh)  # one step: of two threads, both get the same
        if self._driver is fresh:
            self._finalizer.detach()
            self._finalizer = weakref.finalize(self, fresh.abandon)
            self._finalizer.atexit = False
            self._drivers.pop(driver.pid, None)
        return self._driver
