"""A few connections to one mail server, kept for the next mail and tried before they are trusted again."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected

from tactful_gateway.channels.email.config import Server
from tactful_gateway.outgoing.errors import TransientError


class Connections:
    """Connections that are free now; the newest is used first, so that old ones run out.

    `reply_timeout` is how many seconds one reply of the server may take.
    """

    def __init__(self, server: Server, reply_timeout: float) -> None:
        self._server = server
        self._reply_timeout = reply_timeout
        self._free: list[SMTP] = []
        self._kept = True
        self._context: ssl.SSLContext | None = None

    @asynccontextmanager
    async def one(self) -> AsyncIterator[SMTP]:
        """Lend a connection that is ready for a mail; after anything went wrong with it, it is not used again.

        Raises:
            TransientError, SMTPException, OSError: there is none to be had.
        """
        smtp = await self._reuse() or await self._connect()
        try:
            yield smtp
        except BaseException:
            smtp.close()
            raise
        if self._kept:
            self._free.append(smtp)
        else:
            await _leave(smtp)

    def open(self) -> None:
        """Keep connections from now on."""
        self._kept = True

    async def close(self) -> None:
        """Take leave of the server; a connection that is lent leaves once it comes back."""
        self._kept = False
        while self._free:
            await _leave(self._free.pop())

    async def _reuse(self) -> SMTP | None:
        while self._free:
            smtp = self._free.pop()
            if smtp.is_connected:
                with suppress(SMTPException, OSError):
                    await smtp.noop()  # servers hang up on the idle, and tell only whoever asks
                    return smtp
            smtp.close()
        return None

    async def _connect(self) -> SMTP:
        server = self._server
        if self._context is None:
            self._context = ssl.create_default_context()
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            tls_context=self._context,
            timeout=self._reply_timeout,
        )
        try:
            await smtp.connect()
            if server.user:
                await self._log_in(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    async def _log_in(self, smtp: SMTP) -> None:
        encrypted = smtp.get_transport_info("ssl_object") is not None
        peer = smtp.get_transport_info("peername")
        if peer is None:
            raise SMTPServerDisconnected("before logging in")
        if not may_log_in(encrypted=encrypted, peer=str(peer[0])):
            raise TransientError(
                "the server offers no STARTTLS, and the password is not sent in the open; use smtps://"
            )
        try:
            await smtp.login(self._server.user, self._server.password)
        except (SMTPResponseException, OSError):
            raise
        except SMTPException as error:
            raise TransientError("the server takes no user and password, or not in any way known here") from error


async def _leave(smtp: SMTP) -> None:
    with suppress(SMTPException, OSError):
        await smtp.quit(timeout=1)
    smtp.close()


def may_log_in(*, encrypted: bool, peer: str) -> bool:
    """Tell whether a password may be sent to a numeric address: encrypted, or to this machine itself.

    Somebody on the way can cut out a server's offer of STARTTLS.
    """
    return encrypted or ip_address(peer.partition("%")[0]).is_loopback
