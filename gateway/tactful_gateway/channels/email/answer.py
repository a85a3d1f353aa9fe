"""What a mail server's refusal means: try again, or refused for good. Pure.

Only what is said of the recipient or of the mail itself is final. A server that refuses our name, our password or our
sender's address refuses everybody's mail alike, and would again be glad of it once somebody has mended that.
"""

from __future__ import annotations

import re
import ssl
from typing import NoReturn

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPTimeoutError,
)
from aiosmtplib.errors import SMTPConnectError, SMTPDataError

from tactful_gateway.outgoing.errors import PermanentError, TransientError

_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}\b")
_ANSWER_LIMIT = 2_000
_CLOSING = 421
"""The server takes nobody's mail now, whatever it was asked (RFC 5321, section 3.8)."""


def judge(error: SMTPException | OSError) -> NoReturn:
    """Raise what an error of the client means.

    Raises:
        PermanentError: a 5xx for the recipient or the mail, with the server's answer.
        TransientError: anything else; `alone` for a 4xx of the recipient or the mail, such as greylisting.
    """
    if isinstance(error, SMTPRecipientsRefused):
        refused = error.recipients[0]
        _refuse("the server refuses the recipient", refused.code, refused.message, error)
    if isinstance(error, SMTPDataError):
        _refuse("the server refuses the mail", error.code, error.message, error)
    if isinstance(error, SMTPNotSupported):
        raise PermanentError("the server takes no address with such letters") from error
    raise TransientError(_say(error)) from error


def _refuse(what: str, code: int, said: str, error: Exception) -> NoReturn:
    message = f"{what}: {_status(code, said)}"
    if 500 <= code < 600:
        raise PermanentError(message, said[:_ANSWER_LIMIT]) from error
    raise TransientError(message, alone=code != _CLOSING) from error


def _say(error: SMTPException | OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError) or isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return "the server's certificate is not valid; SSL_CERT_FILE adds your own authority"
    if isinstance(error, SMTPAuthenticationError):
        return f"the server refuses the user or the password of `url`: {_status(error.code, error.message)}"
    if isinstance(error, SMTPSenderRefused):
        return f"the server refuses the address in `from`: {_status(error.code, error.message)}"
    if isinstance(error, SMTPResponseException):
        return f"the server refuses: {_status(error.code, error.message)}"
    if isinstance(error, SMTPTimeoutError | TimeoutError):
        return "the server did not answer in time"
    if isinstance(error, SMTPConnectError):
        return "the server can't be connected to"
    return f"the connection broke: {type(error).__name__}"


def _status(code: int, said: str) -> str:
    """Write a reply's code, and its enhanced one (RFC 3463), but none of its words: they may hold the address."""
    enhanced = _ENHANCED.match(said)
    return f"SMTP {code} {enhanced[0]}" if enhanced else f"SMTP {code}"
