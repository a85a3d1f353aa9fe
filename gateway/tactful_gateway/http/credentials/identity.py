"""Identity tokens: a page's proof of who its visitor is; HS256 only, and a token without `exp` is worth nothing."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import jwt

MIN_SECRET = 32
"""Shortest secret in bytes (RFC 7518, section 3.2: at least the size of the hash)."""


def key_id(secret: str) -> str:
    """Give the `kid` under which a secret signs: 16 hex digits of its SHA-256."""
    return sha256(secret.encode()).hexdigest()[:16]


class IdentityVerifier:
    """Checks identity tokens against the secrets in force; with none, no token counts."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if any(len(secret.encode()) < MIN_SECRET for secret in secrets):
            raise ValueError("an identity secret must have at least 32 bytes")
        self._secrets = {key_id(secret): secret for secret in secrets}

    def person(self, token: str) -> str | None:
        """Give the person (`sub`) that a token speaks for, or None when it does not verify or has run out."""
        try:
            secret = self._secrets[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "sub"]})
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            return None
        subject = claims["sub"]
        return subject if isinstance(subject, str) and subject else None
