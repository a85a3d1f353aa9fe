"""Reads mail addresses: exactly one, in the form that every server takes, or none at all.

Quoted local parts, comments, routes and groups are refused: nobody has them, and each has served to smuggle in a second
recipient.
"""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.utils import parseaddr
from typing import NamedTuple

import idna

_LONGEST = 254
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LOCAL_LONGEST = 64
_NAMED = re.compile(r"(?P<name>[^<>\x00-\x1f\x7f]*)<(?P<spec>[^<>]+)>")


class Mailbox(NamedTuple):
    """An address in two parts; the domain is in the form of the name system, the local part maybe beyond ASCII."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def read_mailbox(text: str) -> Mailbox | None:
    """Read a bare address such as `ann@example.com`; None for anything else."""
    local, at, domain = text.strip(" ").rpartition("@")
    if not at or len(local.encode("utf-8", "replace")) > _LOCAL_LONGEST or not _LOCAL.fullmatch(local):
        return None
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    return Mailbox(local, ascii_domain) if len(local) + 1 + len(ascii_domain) <= _LONGEST else None


def read_sender(text: str) -> Address | None:
    """Read `shop@example.com` or `The shop <shop@example.com>`; None for anything else, several addresses included."""
    named = _NAMED.fullmatch(text.strip(" "))
    mailbox = read_mailbox(named["spec"] if named else text)
    if mailbox is None or not str(mailbox).isascii():
        return None
    name = parseaddr(text)[0] if named and '"' in named["name"] else (named["name"].strip() if named else "")
    return Address(name, addr_spec=str(mailbox))
