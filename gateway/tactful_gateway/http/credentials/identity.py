"""Identity tokens: a page's proof of who its visitor is; HS256 only, and a token without `exp` is worth nothing."""

from __future__ import annotations

from collections.abc import Sequence

import jwt

from tactful.identity import MIN_SECRET, key_id


class IdentityVerifier:
    """Checks identity tokens against the secrets in force; with none, no token counts."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if any(len(secret.encode()) < MIN_SECRET for secret in secrets):
            raise ValueError("an identity secret must have at least 32 bytes")
        self._secrets = {key_id(secret): secret for secret in secrets}

    def __len__(self) -> int:
        return len(self._secrets)

    def person(self, token: str) -> str | None:
        """Give the person (`sub`) that a token speaks for, or None when it does not verify or has run out."""
        try:
            secret = self._secrets[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "sub"]})
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            return None
        subject = claims["sub"]
        return subject if isinstance(subject, str) and subject else None
