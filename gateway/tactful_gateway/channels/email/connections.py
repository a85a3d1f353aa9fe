"""A few connections to one mail server, kept for the next mail and tried before they are trusted again."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address

from aiosmtplib import SMTP, SMTPException

from tactful_gateway.channels.email.config import Server
from tactful_gateway.outgoing.errors import TransientError

REPLY_TIMEOUT = 20.0
"""Seconds that one reply of the server may take."""


class Connections:
    """Connections that are free now; the newest is used first, so that old ones run out."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._free: list[SMTP] = []
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
        self._free.append(smtp)

    async def close(self) -> None:
        """Take leave of the server."""
        while self._free:
            smtp = self._free.pop()
            with suppress(SMTPException, OSError):
                await smtp.quit(timeout=1)
            smtp.close()

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
            timeout=REPLY_TIMEOUT,
        )
        try:
            await smtp.connect()
            if server.user:
                _needs_privacy(smtp)
                await smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _needs_privacy(smtp: SMTP) -> None:
    """Refuse to send a password that others could read: somebody on the way may have cut out the offer of STARTTLS."""
    if smtp.get_transport_info("ssl_object") is not None:
        return
    peer = smtp.get_transport_info("peername")
    if not peer or not ip_address(str(peer[0]).split("%")[0]).is_loopback:
        raise TransientError("the server offers no STARTTLS, and the password is not sent in the open; use smtps://")
