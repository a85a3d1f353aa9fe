"""Identity tokens: a page's proof of who its visitor is, signed on the app's server and passed to the widget."""

from __future__ import annotations

import math
from base64 import urlsafe_b64encode
from datetime import datetime

import msgspec

from tactful.drive import loading

MIN_SECRET = 32
"""Shortest secret in bytes (RFC 7518, section 3.2: at least the size of the hash)."""


def key_id(secret: str) -> str:
    """Give the `kid` under which a secret signs: 16 hex digits of its SHA-256."""
    digest: str = loading.build("hashlib", "sha256", secret.encode()).hexdigest()
    return digest[:16]


def sign_person(secret: str, person_id: str, expires: datetime | float, *, kid: str | None = None) -> str:
    """Make the token that proves to the gateway that the page's visitor is `person_id` (a JWT, HS256, RFC 7519).

    `expires` is an aware datetime or seconds since the epoch. `kid` names the secret, by default as the gateway does.
    Raises `ValueError` for a secret under 32 bytes, an empty id or a time without a zone.
    """
    if len(secret.encode()) < MIN_SECRET:
        raise ValueError("an identity secret must have at least 32 bytes")
    if not person_id:
        raise ValueError("person_id must not be empty")
    if isinstance(expires, datetime) and expires.utcoffset() is None:
        raise ValueError("expires must be an aware datetime, such as datetime.now(UTC) + timedelta(hours=1)")
    seconds = expires.timestamp() if isinstance(expires, datetime) else float(expires)
    if not math.isfinite(seconds):
        raise ValueError("expires must be finite")
    header: dict[str, str | int] = {"alg": "HS256", "typ": "JWT", "kid": kid or key_id(secret)}
    signed = _part(header) + b"." + _part({"sub": person_id, "exp": int(seconds)})
    signature: bytes = loading.build("hmac", "digest", secret.encode(), signed, "sha256")
    return (signed + b"." + _base64(signature)).decode()


def _part(claims: dict[str, str | int]) -> bytes:
    return _base64(msgspec.json.encode(claims))


def _base64(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
