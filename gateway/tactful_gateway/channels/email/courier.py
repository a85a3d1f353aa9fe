"""Sends mails through one server; a mail counts as sent when the server has said so after its last line."""

from __future__ import annotations

import asyncio

from aiosmtplib import SMTPException

from tactful_gateway.channels.base import Message, Receipt
from tactful_gateway.channels.email.answer import judge
from tactful_gateway.channels.email.compose import compose, message_id
from tactful_gateway.channels.email.config import EmailConfig, check, read_server
from tactful_gateway.channels.email.connections import Connections
from tactful_gateway.channels.email.mailbox import read_mailbox, read_sender
from tactful_gateway.channels.kind import ChannelKind
from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.errors import PermanentError

TIMEOUT = 60.0
"""Seconds for a whole mail, connecting and waiting for a free connection included: well within a lease."""
REPLY_TIMEOUT = 40.0
"""Seconds for one reply of the server: who hangs up before the last one gets many a mail delivered twice."""
AT_ONCE = 8
"""Connections to the server; as many mails are under way at once."""


class EmailCourier:
    """Mail over SMTP."""

    def __init__(self, config: EmailConfig, clock: Clock, reply_timeout: float = REPLY_TIMEOUT) -> None:
        sender = read_sender(config.from_)
        assert sender is not None, "a channel is checked before it is built"
        self._config = config
        self._sender = sender
        self._clock = clock
        self._connections = Connections(read_server(config.url), reply_timeout)
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def open(self) -> None:
        """Get ready; the first mail connects."""
        self._connections.open()

    async def send(self, message: Message) -> Receipt:
        """Send one mail; the receipt holds its `Message-ID`."""
        to = read_mailbox(message.address)
        if to is None:
            raise PermanentError("the person's address is not one mail address")
        mail = compose(self._config, self._sender, to, message, self._clock.now())
        options = [] if to.local.isascii() else ["SMTPUTF8"]
        try:
            async with asyncio.timeout(TIMEOUT), self._slots, self._connections.one() as smtp:
                await smtp.sendmail(self._sender.addr_spec, [str(to)], mail, mail_options=options)
        except (SMTPException, OSError) as error:
            judge(error)
        return Receipt(message_id(message, self._sender))

    async def close(self) -> None:
        """Take leave of the server."""
        await self._connections.close()


KIND = ChannelKind("email", EmailConfig, EmailCourier, check)
