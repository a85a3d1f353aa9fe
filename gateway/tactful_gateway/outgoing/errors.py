"""The ways in which sending something fails; whoever catches one decides about trying again."""

from __future__ import annotations

import os
import socket
import ssl

from tactful_rules.model.ids import Span


class TransientError(Exception):
    """The destination can't take it now; the same thing is tried again.

    `retry_after` (milliseconds) is the destination's own wish, if it named one. With `alone` it is this one thing
    that it can't take: others may go. The message is logged and shown, so it never holds anything that was sent;
    `answer` is as in `PermanentError`.
    """

    def __init__(self, message: str, retry_after: Span | None = None, answer: str = "", *, alone: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.answer = answer
        self.alone = alone


class PermanentError(Exception):
    """The destination refuses this one for good; there is no use in trying again.

    `answer` is what the destination said, cut to a sane length. It may echo what was sent, so it is kept with what
    could not be sent and never logged. `alone` as in `TransientError`: where it is not, others are refused as well.
    """

    def __init__(self, message: str, answer: str = "", *, alone: bool = True) -> None:
        super().__init__(message)
        self.answer = answer
        self.alone = alone


class GoneError(Exception):
    """The destination wants nothing more (HTTP 410)."""


def explain_os(error: OSError) -> str:
    """Say what the system or TLS objects to, without the names and numbers that come with it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or 'no reason given'}"
    if isinstance(error, socket.gaierror):
        return "its name can't be resolved"
    return os.strerror(error.errno) if error.errno else type(error).__name__
