"""Writes the mail of one message; pure, and every value is one line in a header or escaped in the body.

At each attempt it has the same `Message-ID`, by which servers and mail programs recognise what they have already.
"""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from urllib.parse import quote

from tactful_gateway.channels.base import Message
from tactful_gateway.channels.email.config import EmailConfig
from tactful_gateway.channels.email.document import default_html, html_of_text, with_opt_out_link
from tactful_gateway.channels.email.mailbox import Mailbox
from tactful_gateway.channels.templates.defaults import default_subject, default_text, titled, with_opt_out
from tactful_gateway.channels.templates.escapes import one_line
from tactful_gateway.channels.templates.template import render
from tactful_gateway.words.messages import message_words
from tactful_rules.model.ids import Instant, to_datetime

_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9-]+")
_IN_A_URL = ":/?#[]@!$&'()*+,;=%~"


class _Policy(EmailPolicy):
    """Leaves links and ids on one line: folded, they would come as encoded words, which no mail program opens."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in {"list-unsubscribe", "message-id"}:
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep=SMTP.linesep, cte_type="7bit")


def message_id(message: Message, sender: Address) -> str:
    """Give the `Message-ID`: made of the idempotency id, the same at each attempt."""
    return f"<{_NOT_IN_AN_ID.sub('.', message.id).strip('.')}@{sender.domain}>"


def compose(config: EmailConfig, sender: Address, to: Mailbox, message: Message, now: Instant) -> bytes:
    """Write the mail as it goes over the line: 7-bit unless the recipient's name needs more."""
    message = titled(message)
    mail = EmailMessage(policy=_POLICY.clone(utf8=not to.local.isascii()))
    mail["From"] = sender
    mail["To"] = Address(username=to.local, domain=to.domain)
    mail["Subject"] = one_line(render(config.subject or default_subject(message), message))
    mail["Date"] = format_datetime(to_datetime(now))
    mail["Message-ID"] = message_id(message, sender)
    mail["List-Unsubscribe"] = f"<{quote(message.opt_out_url, safe=_IN_A_URL)}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(render(_text(config, message), message))
    mail.add_alternative(_html(config, message), subtype="html")
    mail["Content-Language"] = message_words(message.locale)[0]  # last: setting the content drops such headers
    return mail.as_bytes()


def _text(config: EmailConfig, message: Message) -> str:
    return default_text(message) if config.text is None else with_opt_out(config.text, message)


def _html(config: EmailConfig, message: Message) -> str:
    if config.html is not None:
        return with_opt_out_link(config.html, message)
    return default_html(message) if config.text is None else html_of_text(config.text, message)
