"""API keys: made here, stored only as SHA-256; the ring is read again every two seconds, so a revocation bites soon."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.http.problems import ApiError
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_gateway.store.records import KeyRecord
from tactful_rules.model.ids import SECOND, Instant, uuid7

log: structlog.stdlib.BoundLogger = structlog.get_logger()

KeyKind = Literal["sk", "pk", "ak"]
KEY_BYTES = 24
REFRESH = 2 * SECOND


def make_key(
    kind: KeyKind, now: Instant, random: bytes, *, name: str = "", origins: Sequence[str] = ()
) -> tuple[str, KeyRecord]:
    """Make a key from 40 random bytes: its text, to be shown once, and the record to store.

    Raises:
        ValueError: a `pk` without origins, origins for another kind, or an origin that is none.
    """
    if (kind == "pk") != bool(origins):
        raise ValueError("a pk key needs at least one --origin" if kind == "pk" else "only a pk key has origins")
    text = f"{kind}_{urlsafe_b64encode(random[:KEY_BYTES]).decode()}"
    record = KeyRecord(
        id=uuid7(now, random[KEY_BYTES:]),
        kind=kind,
        hash=sha256(text.encode()).digest(),
        hint=f"{text[:5]}...{text[-4:]}",
        name=name,
        origins=tuple(read_origin(origin) for origin in origins),
        created_at=now,
    )
    return text, record


def read_origin(text: str) -> str:
    """Check and normalise an origin (`https://shop.example[:port]`) as browsers write it (RFC 6454, section 6.2).

    Raises:
        ValueError: it is not an http(s) origin.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"an origin looks like https://shop.example, not {text!r}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.encode("idna").decode()
    port = "" if parts.port in (None, {"http": 80, "https": 443}[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


class KeyRing:
    """The keys in force, in memory."""

    def __init__(self, store: Store, own: Sequence[KeyRecord] = ()) -> None:
        self._store = store
        self._own = tuple(own)
        self._by_hash: dict[bytes, KeyRecord] = {}
        self._origins: frozenset[str] = frozenset()
        self._fill(())

    def __len__(self) -> int:
        return len(self._by_hash)

    async def refresh(self) -> None:
        """Read the keys from the store."""
        self._fill(await self._store.keys())

    async def keep_fresh(self, clock: Clock) -> None:
        """Read the keys again and again, so that `tactful keys` works beside a running gateway."""
        while True:
            await clock.sleep(REFRESH)
            try:
                await self.refresh()
            except StoreUnavailableError as error:
                log.warning("keys_not_refreshed", error=str(error))

    def identify(self, text: str | None) -> KeyRecord:
        """Find the key with this text.

        Raises:
            ApiError: `missing_key` or `unknown_key`.
        """
        if not text:
            raise ApiError("missing_key")
        # Surrogates come from header bytes that are no UTF-8: such a text is no key, but must not be a crash either.
        digest = sha256(text.encode(errors="surrogateescape")).digest()
        record = self._by_hash.get(digest)
        if record is None or not hmac.compare_digest(record.hash, digest):
            raise ApiError("unknown_key")
        return record

    def knows_origin(self, origin: str) -> bool:
        """Tell whether any page key lists this origin: all that a preflight, which carries no key, can be asked."""
        return origin in self._origins

    def _fill(self, stored: Iterable[KeyRecord]) -> None:
        active = [key for key in (*self._own, *stored) if key.revoked_at is None]
        self._by_hash = {key.hash: key for key in active}
        self._origins = frozenset(origin for key in active for origin in key.origins)
