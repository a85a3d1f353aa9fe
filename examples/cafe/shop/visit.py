"""What the shop knows of itself and of a visit: its configuration, who the guest is, and in which language."""

from __future__ import annotations

import asyncio
import re
import secrets
from pathlib import Path

import msgspec
from starlette.requests import Request

LANGUAGES = ("en", "zh-CN")
GUEST = re.compile("guest-[0-9a-f]{12}")


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop is told: its gateway, a key for its pages, another for its server, and a secret to sign with.

    `answers` is the file that the JSON Lines sink writes. `closing` is set when the shop closes, so that the streams
    of answers end.
    """

    gateway: str
    page_key: str
    server_key: str
    identity_secret: str
    answers: Path
    closing: asyncio.Event


def guest_of(request: Request) -> str:
    """Give the guest's id. A real shop has a session behind it; this one believes the cookie it set."""
    known = request.cookies.get("guest", "")
    return known if GUEST.fullmatch(known) else f"guest-{secrets.token_hex(6)}"


def language_of(request: Request) -> str:
    """Give the language chosen just now, chosen before, or preferred by the browser."""
    for wanted in (request.query_params.get("lang"), request.cookies.get("language")):
        if wanted in LANGUAGES:
            return wanted
    return "zh-CN" if request.headers.get("accept-language", "").startswith("zh") else "en"
