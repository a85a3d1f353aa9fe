"""One connection to NATS that ends at its first trouble, so that nothing waits in it to be sent later.

The client's own reconnecting would keep what was not acknowledged and send it once more behind what came after.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import nats.errors
import nkeys
from msgspec import Struct
from nats.aio.client import Client, RawCredentials
from nats.aio.msg import Msg
from nats.js import JetStreamManager
from nats.js.api import Header
from nats.js.client import NO_RESPONDERS_STATUS
from nats.js.errors import APIError

from tactful_gateway.outgoing.errors import TransientError, explain_os
from tactful_gateway.outgoing.tls import make_context
from tactful_gateway.sinks.nats.config import NatsConfig

_CLOSING = 0.5
"""Seconds for a polite end. With TLS the client waits in vain for one; nothing that counts is under way by then."""


class Refusal(Struct, frozen=True):
    """What a stream says instead of an acknowledgement; it holds nothing of what was sent."""

    err_code: int = 0
    description: str = ""


NO_STREAM = Refusal(description="no stream")
"""Nobody at all took the message."""
_CREDENTIALS = ("BEGIN NATS USER JWT", "BEGIN USER NKEY SEED")
_NO_SEED = "the file that `credentials` or `nkey` names holds no credentials"
Ack = asyncio.Future[Refusal | None]


class _Reply(Struct, frozen=True):
    stream: str = ""
    error: Refusal | None = None


_decode = msgspec.json.Decoder(_Reply).decode


class Connection:
    """A connection that was made by `connect` and is over once it was lost or closed."""

    def __init__(self, config: NatsConfig) -> None:
        self._config = config
        self._client = Client()
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._last = ""
        self._inbox = ""
        self._sent = 0
        self._acks: dict[str, Ack] = {}
        self.streams = JetStreamManager(self._client, timeout=config.timeout)

    @property
    def is_lost(self) -> bool:
        """Whether it is over."""
        return self._lost.done()

    @property
    def limit(self) -> int:
        """How many bytes of headers and body the server takes in one message."""
        return self._client.max_payload

    async def connect(self) -> None:
        """Connect to the first server that lets us in.

        Raises:
            TransientError: none does, or it would be in the clear.
        """
        config = self._config
        files = await asyncio.to_thread(_read_files, config)
        try:
            await self._client.connect(
                servers=config.urls,
                name="tactful",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                error_cb=self._hear,
                closed_cb=self._end,
                tls=files.tls,
                tls_handshake_first=config.tls is not None and config.tls.first,
                user=self._in_private(config.login.user) if config.login else None,
                password=self._in_private(config.login.password) if config.login else None,
                token=self._in_private(config.token) if config.token else None,
                user_credentials=RawCredentials(files.credentials) if files.credentials else None,
                nkeys_seed_str=files.nkey,
            )
            self._stay_private()
        except nats.errors.NoServersError as error:
            raise TransientError(f"no NATS server can be connected to: {self._last}") from error
        except (nats.errors.Error, OSError) as error:  # a bad certificate is a ValueError, too
            raise TransientError(f"NATS can't be connected to: {explain(error)}") from error
        except (nkeys.NkeysError, ValueError) as error:
            raise TransientError(_NO_SEED) from error

    async def publish(self, subject: str, body: bytes, headers: dict[str, str]) -> Ack:
        """Send a message and give what will be None once the stream has it, or why it does not.

        The client's own `publish_async` never ends where the stream refuses: its errors get lost on the way.
        """
        if not self._inbox:
            self._inbox = self._client.new_inbox()
            await self._client.subscribe(f"{self._inbox}.*", cb=self._take)
        self._sent += 1
        ack = self._acks[f"{self._inbox}.{self._sent}"] = asyncio.get_running_loop().create_future()
        await self._client.publish(subject, body, f"{self._inbox}.{self._sent}", headers)
        return ack

    async def wait_for(self, acks: Sequence[Ack]) -> list[Refusal]:
        """Wait for all acknowledgements and give those that are none.

        Raises:
            TransientError: the connection was lost before all were there.
        """
        for ack in acks:
            await asyncio.wait((ack, self._lost), return_when=asyncio.FIRST_COMPLETED)
            if not ack.done():
                raise TransientError(f"the connection to NATS was lost: {self._lost.result()}")
        return [refusal for ack in acks if (refusal := ack.result()) is not None]

    async def _take(self, message: Msg) -> None:
        ack = self._acks.pop(message.subject, None)
        if ack is None or ack.done():
            return
        if message.headers and message.headers.get(Header.STATUS.value) == NO_RESPONDERS_STATUS:
            ack.set_result(NO_STREAM)
            return
        try:
            reply = _decode(message.data)
        except msgspec.DecodeError:
            reply = _Reply()
        ours = reply.error is not None or reply.stream == self._config.stream
        ack.set_result(reply.error if ours else Refusal(description="who answered on this subject is not the stream"))

    async def close(self) -> None:
        """End it, whatever state it is in."""
        with contextlib.suppress(Exception):  # what is wrong with it was said before
            async with asyncio.timeout(_CLOSING):
                await self._client.close()

    def _in_private(self, secret: str) -> Callable[[], str]:
        def tell() -> str:
            self._stay_private()
            return secret

        return tell

    def _stay_private(self) -> None:
        """Refuse a server that leaves out TLS where it was asked for: the client takes its word for it."""
        tls = self._config.tls
        if not self._config.encrypted or (tls is not None and tls.first):
            return
        if not self._client._server_info.get("tls_required", False):
            raise nats.errors.SecureConnWantedError

    async def _hear(self, error: Exception) -> None:
        self._last = explain(error)
        if self._client.is_connected and not self._lost.done():
            self._lost.set_result(self._last)

    async def _end(self) -> None:
        if not self._lost.done():
            self._lost.set_result(self._last or "it was closed")


class _Files(NamedTuple):
    tls: ssl.SSLContext | None
    credentials: str | None
    nkey: str | None


def _read_files(config: NatsConfig) -> _Files:
    context = make_context(config.tls) if config.encrypted else None
    try:
        credentials, nkey = (Path(path).read_text() if path else None for path in (config.credentials, config.nkey))
    except (OSError, ValueError) as error:
        raise TransientError("the file that `credentials` or `nkey` names can't be read") from error
    if credentials is not None and not all(part in credentials for part in _CREDENTIALS):
        raise TransientError(_NO_SEED)  # the client would look for what is missing for ever
    return _Files(context, credentials, nkey)


def explain(error: BaseException) -> str:
    """Say what the client or the server said; it holds nothing of what was sent."""
    if isinstance(error, APIError):
        return error.description or f"error {error.code}"
    if isinstance(error, OSError):
        return explain_os(error)
    text = str(error).removeprefix("nats: ") if isinstance(error, nats.errors.Error) else ""
    return text.strip().strip("'") or type(error).__name__
