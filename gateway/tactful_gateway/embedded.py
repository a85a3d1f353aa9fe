"""The whole product without a server: a gateway in a thread of this process, and a `Tactful` that talks to it directly.

What surprises: a child forked after `open` has no gateway, since threads do not survive a fork; its calls are answered
`unavailable`. Open one in each worker, or run `tactful serve`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tactful import Tactful
from tactful.transport import Request, Response, TransportError
from tactful_gateway.extra import needs_extra

try:
    from starlette.types import Message, Receive, Scope, Send

    from tactful_gateway.activation import NotReadyError, Prepared, prepare
    from tactful_gateway.app import Gateway
    from tactful_gateway.clock import SystemClock
    from tactful_gateway.http.credentials.keys import KEY_BYTES, make_key
    from tactful_gateway.logs import log_to_stdlib
    from tactful_gateway.settings import GatewaySettings
    from tactful_gateway.storage import open_store
    from tactful_gateway.store.records import KeyRecord
except ModuleNotFoundError as missing:
    raise needs_extra("the embedded mode", missing) from missing

URL = "http://embedded.invalid"
"""What `Tactful` is told as the gateway's address; nothing is ever sent there (RFC 6761)."""
START = 30.0
"""Seconds to wait for the start; a large database may have to be brought to a new schema."""

SHOWN = 10
"""Problems of a survey folder that the exception's message lists."""


def open(  # noqa: A001 - called as `embedded.open`
    folder: str | os.PathLike[str],
    *,
    db: str = GatewaySettings().db,
    public_url: str = "",
    watch: bool = True,
    environ: Mapping[str, str] | None = None,
    **sdk_options: Any,
) -> EmbeddedTactful:
    """Start a gateway over a survey folder in this process and give a `Tactful` for it; its `close()` ends both.

    For browsers to see the invitations and answer them, mount the `app` of what comes back in the host's ASGI app, and
    let `public_url` say where. A host that shows the questions itself sends the answers with `send`.

    `db` is `sqlite:///PATH` or `memory:`. `public_url` is where invitations' hosted pages are to be found; without it
    invitations have no `url`, and a folder with channels that send is refused.
    The other options are those of `Tactful`.

    Raises:
        NotReadyError: the survey folder has problems; the message lists the first ten, `problems` has all.
        SettingsError: `public_url` is no address, or `db` no database.
        StoreUnavailableError: the database can't be opened, e.g. because another process uses it.
    """
    log_to_stdlib()
    source = Path(folder)
    environ = os.environ if environ is None else environ
    prepared = _prepare(source, environ)
    key, record = make_key("sk", SystemClock().now(), os.urandom(KEY_BYTES + 10), name="embedded")
    settings = GatewaySettings(db=db, public_url=public_url, watch=watch)
    transport = InProcessTransport(source, prepared, settings, record, environ)
    transport.start()
    try:
        return EmbeddedTactful(URL, key=key, transport=transport, **{"cache_dir": None, **sdk_options})
    except BaseException:
        transport.close()
        raise


class EmbeddedTactful(Tactful):
    """A `Tactful` with its gateway inside."""

    def __init__(self, url: str, *, key: str, transport: InProcessTransport, **options: Any) -> None:
        super().__init__(url, key=key, transport=transport, **options)
        self._inside = transport

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve HTTP as `tactful serve` does, on the host's event loop: `Mount("/tactful", app=sdk.app)`."""
        if scope["type"] == "http":
            await self._inside.pass_on(scope, receive, send)

    def send(self, request: Request, timeout: float = 5.0) -> Response:
        """Give the gateway's answer to any call of its HTTP API, without HTTP.

        Raises:
            TransportError: there was none within `timeout` seconds.
        """
        return self._inside.send(request, timeout)


def _prepare(source: Path, environ: Mapping[str, str]) -> Prepared:
    """Prepare the folder; a host prints no more than the exception, so that has to name the problems."""
    try:
        return prepare(source, environ, SystemClock())
    except NotReadyError as error:
        lines = [f"\n  {problem}" for problem in error.problems[:SHOWN]]
        if len(error.problems) > SHOWN:
            lines.append(f"\n  and {len(error.problems) - SHOWN} more; `tactful check {source}` shows them all")
        raise NotReadyError(str(error) + "".join(lines), error.problems) from None


class InProcessTransport:
    """Runs a gateway on an event loop in a thread of its own and hands requests to its ASGI app, without a socket."""

    def __init__(
        self,
        source: Path,
        prepared: Prepared,
        settings: GatewaySettings,
        key: KeyRecord,
        environ: Mapping[str, str],
    ) -> None:
        self._build = (source, prepared, settings, key, environ)
        self._process = os.getpid()
        self._started: concurrent.futures.Future[Gateway] = concurrent.futures.Future()
        # A daemon, so that a host that forgets close() still ends: what was acknowledged is on disk already.
        self._thread = threading.Thread(target=self._run, name="tactful-embedded", daemon=True)

    def start(self) -> None:
        """Start the gateway and wait until it can answer.

        Raises:
            Exception: whatever kept it from starting.
        """
        self._thread.start()
        self._gateway = self._started.result(START)

    def send(self, request: Request, timeout: float) -> Response:
        """Give the gateway's answer within `timeout` seconds.

        Raises:
            TransportError: it took longer, or the gateway is closed or was left behind by a fork.
        """
        if os.getpid() != self._process or not self._thread.is_alive():
            raise TransportError("the embedded gateway does not run in this process")
        answer = asyncio.run_coroutine_threadsafe(self._ask(request), self._loop)
        try:
            return answer.result(timeout)
        except (TimeoutError, concurrent.futures.CancelledError) as error:
            answer.cancel()
            raise TransportError(f"no answer within {timeout} s") from error

    async def pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the gateway, on its own loop, answer a request of the host's loop."""
        host = asyncio.get_running_loop()
        prefix = scope.get("root_path", "")
        own = {**scope, "path": scope["path"].removeprefix(prefix) or "/", "root_path": ""}

        async def receive_there() -> Message:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_call(receive), host))

        async def send_there(message: Message) -> None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_call(send, message), host))

        answer = _call(self._gateway.app, own, receive_there, send_there)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answer, self._loop))

    def close(self) -> None:
        """Stop the gateway and wait until its facts and files are in order."""
        if os.getpid() == self._process and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - it is told to whoever waits for the start
            if not self._started.done():
                self._started.set_exception(error)

    async def _serve(self) -> None:
        source, prepared, settings, key, environ = self._build
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        store, secret = await open_store(settings)
        async with Gateway(source, prepared, settings, store, secret, own_keys=[key], environ=environ) as gateway:
            self._started.set_result(gateway)
            await self._stop.wait()

    async def _ask(self, request: Request) -> Response:
        path, _, query = request.path.partition("?")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in request.headers.items()],
            "client": None,
            "server": None,
        }
        told: list[Message] = []
        given = iter([{"type": "http.request", "body": request.body, "more_body": False}])

        async def receive() -> Message:
            if (message := next(given, None)) is None:
                await asyncio.Event().wait()  # nobody hangs up, which is what a streamed answer waits for
                raise AssertionError
            return message

        async def send(message: Message) -> None:
            told.append(message)

        await self._gateway.app(scope, receive, send)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in told[0]["headers"]}
        return Response(told[0]["status"], headers, b"".join(message.get("body", b"") for message in told[1:]))


async def _call(function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """Make a coroutine of any awaitable: only those can be handed to another loop."""
    return await function(*arguments)
