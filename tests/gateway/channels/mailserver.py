"""A real SMTP server on loopback that keeps what it gets and refuses, waits or hangs up as the test says."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from pathlib import Path
from typing import Any, NamedTuple, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Mail(NamedTuple):
    """A mail as it was accepted, and how it came."""

    sender: str
    recipients: list[str]
    raw: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        return cast(EmailMessage, message_from_bytes(self.raw, policy=default_policy))

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())


class MailServer:
    """Each `..._says` is the reply to that command instead of the usual one; `hang_up` and `silent` come after DATA."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.connections = 0
        self.mail_says = self.rcpt_says = self.data_says = ""
        self.hang_up = False
        self.silent = 0.0
        self.port = 0
        self.open: list[asyncio.Transport] = []

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.mail_says:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.mail_says or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.rcpt_says:
            envelope.rcpt_tos.append(address)
        return self.rcpt_says or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hang_up:
            assert server.transport is not None
            server.transport.abort()
            return "250 never read"
        await asyncio.sleep(self.silent)
        if self.data_says:
            return self.data_says
        raw = cast(bytes, envelope.content)
        user = session.auth_data.login.decode() if session.auth_data else None
        self.mails.append(Mail(envelope.mail_from or "", list(envelope.rcpt_tos), raw, session.ssl is not None, user))
        return "250 2.0.0 queued"

    def forget_connections(self) -> None:
        """Hang up on everybody who is idle, as servers do."""
        for transport in self.open:
            transport.abort()
        self.open.clear()


def _login(_: SMTP, __: Session, ___: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"shop@example.com", b"p@ss/w:rd")
    return AuthResult(success=right, handled=right, auth_data=data)


@asynccontextmanager
async def running_mail_server(
    certificate: Path | None = None, *, tls: bool = False, login: bool = False, **options: Any
) -> AsyncIterator[MailServer]:
    """Start a server on a free port: with a certificate it offers STARTTLS, or speaks TLS at once with `tls`."""
    server = MailServer()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    kwargs: dict[str, Any] = {"hostname": "mail.test", "enable_SMTPUTF8": True, **options}
    if context is not None and not tls:
        kwargs["tls_context"] = context
    if login:
        kwargs |= {"authenticator": _login, "auth_required": True, "auth_require_tls": context is not None and not tls}

    class Counted(SMTP):
        def connection_made(self, transport: Any) -> None:
            if self.transport is None:
                server.connections += 1
            server.open.append(transport)
            super().connection_made(transport)

    loop = asyncio.get_running_loop()

    def accept() -> SMTP:
        with warnings.catch_warnings(action="ignore"):  # logging in over the open loopback is what is tested
            return Counted(server, loop=loop, **kwargs)

    listening = await loop.create_server(accept, "127.0.0.1", 0, ssl=context if tls else None)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        server.forget_connections()
        listening.close()
        await listening.wait_closed()
