"""Says in the log why a key or an identity was refused: a browser hides the reason from the page that it stops.

Whoever is refused chooses what stands in the line, and how often: so each cause is said once an hour, at most a hundred
causes are, and no command that we suggest holds anything but a plain origin.
"""

from __future__ import annotations

import re
import shlex

import structlog

from tactful_gateway.http.problems import ProblemCode
from tactful_gateway.store.records import KeyRecord
from tactful_rules.model.ids import HOUR, Instant

AGAIN = HOUR
MOST = 100
LONGEST = 200
_PLAIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:\d{1,5})?")

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Refusals:
    """Remembers what was said within the hour."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, ...], Instant] = {}

    def origin(self, key: KeyRecord, origin: str | None, now: Instant) -> None:
        """Warn that a page's origin is not in its key's list, with the command that makes a key which lists it."""
        shown = (origin or "")[:LONGEST]
        if not self._is_news(("origin", key.id, shown), now):
            return
        log.warning(
            "origin_not_allowed",
            origin=shown if shown.isprintable() else ascii(shown),
            key=key.hint,
            id=key.id,
            name=key.name,
            listed=list(key.origins),
            remedy=_remedy(key, origin),
        )

    def key(self, code: ProblemCode, kind: str, route: str, now: Instant) -> None:
        """Warn that a key was refused; `kind` is what its record says or its text begins with, never the text."""
        if self._is_news((code, kind, route), now):
            log.warning("key_refused", code=code, kind=kind, route=route, remedy=_REMEDIES.get(code, ""))

    def identity(self, key: KeyRecord, secrets: int, now: Instant) -> None:
        """Warn that a page's identity token was refused; `secrets` is how many the gateway has to verify it with."""
        if self._is_news(("identity", key.id), now):
            remedy = _STALE if secrets else _UNABLE
            log.warning("identity_refused", key=key.hint, id=key.id, name=key.name, secrets=secrets, remedy=remedy)

    def _is_news(self, cause: tuple[str, ...], now: Instant) -> bool:
        if len(self._said) >= MOST:
            self._said = {said: at for said, at in self._said.items() if now - at < AGAIN}
        last = self._said.get(cause)
        if (last is not None and now - last < AGAIN) or (last is None and len(self._said) >= MOST):
            return False
        self._said[cause] = now
        return True


def kind_of(text: str) -> str:
    """Tell what kind of key a text pretends to be: `sk`, `pk`, `ak` or `none`."""
    return text[:2] if text[:3] in ("sk_", "pk_", "ak_") else "none"


_UNABLE = "set TACTFUL_IDENTITY_SECRETS to the secret with which your server signs (tactful.sign_person)"
_STALE = (
    "it has run out, then the page calls tactful.identify with a fresh one; "
    "or your server signs with a secret that is not in TACTFUL_IDENTITY_SECRETS"
)
_REMEDIES: dict[str, str] = {
    "unknown_key": "it was revoked, or made for another database: tactful keys list",
    "wrong_key_kind": "servers use a sk key in the Authorization header, pages a pk key: tactful keys list",
}


def _remedy(key: KeyRecord, origin: str | None) -> str:
    if origin is None:
        return "no browser sent this: a server uses a sk key, or sends the page's Origin header"
    if origin == "null":
        return "a page opened from a file or in a sandboxed frame has no origin: serve it over http"
    if _PLAIN.fullmatch(origin) is None or len(origin) > LONGEST:
        return "this is no origin that a key can list"
    name = f" --name {shlex.quote(key.name)}" if key.name else ""
    listed = "".join(f" --origin {one}" for one in key.origins)
    return f"make a key that lists it too: tactful keys create --kind pk --origin {origin}{listed}{name}"
