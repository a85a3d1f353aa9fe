"""TLS to a destination that is no HTTP: whom to trust, and who we are, each as a file in PEM."""

from __future__ import annotations

import ssl

from msgspec import Struct

from tactful_gateway.outgoing.errors import TransientError
from tactful_gateway.outgoing.options import OptionProblem


class Tls(Struct, frozen=True, forbid_unknown_fields=True):
    """The files of a connection; without `ca` the system's authorities are trusted."""

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None


def check_tls(tls: Tls | None) -> list[OptionProblem]:
    """Find a key without its certificate; a certificate's file may hold its key."""
    if tls is not None and tls.key is not None and tls.certificate is None:
        return [OptionProblem("tls.certificate", "missing_key", "`tls.key` needs its `tls.certificate`")]
    return []


def make_context(tls: Tls | None) -> ssl.SSLContext:
    """Read the files, blocking, and give a context that checks the destination's certificate and name.

    Raises:
        TransientError: a file can't be read, or is not what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=tls.ca if tls else None)
        if tls is not None and tls.certificate is not None:
            context.load_cert_chain(tls.certificate, tls.key, password="")
    except (OSError, ValueError) as error:  # an SSLError is an OSError; ValueError: a NUL in a path
        raise TransientError("a file named under `tls` can't be read, or is no PEM of its kind") from error
    return context
