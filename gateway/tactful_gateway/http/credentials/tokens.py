"""Invitation tokens: unguessable, checkable, and made again for the same invitation although only a hash is stored.

A token is base64url(random || tag). `random` is 16 bytes of HMAC-SHA256 over the invitation's id, which to anyone
without the secret is as good as 128 random bits, but which the gateway can make again when the same open invitation is
returned a second time. `tag` is 16 bytes of HMAC-SHA256 over the id and the expiry: a row swapped or prolonged in the
database no longer fits its link. Stored is only SHA-256(random), so a leaked database opens no invitation.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256

from tactful_rules.model.ids import Instant

RANDOM_LABEL = b"tactful.invitation.random.v1\0"
TAG_LABEL = b"tactful.invitation.tag.v1\0"
HALF = 16
TOKEN_LENGTH = 43
"""Characters of a token: 32 bytes in base64url without padding."""
SECRET_LENGTH = 32
LATELY = 1_024
"""Invitations whose random part is remembered: more than are decided at the same time."""


class TokenSigner:
    """Makes and checks invitation tokens with one secret of 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_LENGTH:
            raise ValueError("the token secret must have at least 32 bytes")
        # They know the secret and the label already: to continue a copy takes two thirds of a digest from scratch.
        self._randoms = hmac.new(secret, RANDOM_LABEL, "sha256")
        self._tags = hmac.new(secret, TAG_LABEL, "sha256")
        # Wanted for the lookup first, and for the token a moment later; it tells no more than the secret beside it.
        self._random = lru_cache(maxsize=LATELY)(self._make_random)

    def lookup(self, invitation: str) -> bytes:
        """Give what is stored in the token's place: SHA-256 of its random part."""
        return sha256(self._random(invitation)).digest()

    def token(self, invitation: str, expires_at: Instant) -> str:
        """Write the token of an invitation: 43 characters, the same ones each time."""
        return urlsafe_b64encode(self.raw(invitation, expires_at)).rstrip(b"=").decode()

    def verify(self, token: str, invitation: str, expires_at: Instant) -> bool:
        """Tell in constant time whether `token` is the invitation's own."""
        raw = decode_token(token)
        return raw is not None and hmac.compare_digest(raw, self.raw(invitation, expires_at))

    def raw(self, invitation: str, expires_at: Instant) -> bytes:
        """Give the token's 32 bytes."""
        return self._random(invitation) + self._tag(invitation, expires_at)

    def _make_random(self, invitation: str) -> bytes:
        return _continued(self._randoms, invitation.encode())[:HALF]

    def _tag(self, invitation: str, expires_at: Instant) -> bytes:
        return _continued(self._tags, b"%b\0%d" % (invitation.encode(), expires_at))[:HALF]


def _continued(begun: hmac.HMAC, message: bytes) -> bytes:
    mac = begun.copy()
    mac.update(message)
    return mac.digest()


def decode_token(token: str) -> bytes | None:
    """Give a token's 32 bytes; None for what can't be a token.

    Base64 has spare bits and skips foreign characters: only the one canonical spelling counts.
    """
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token + "=")
    except binascii.Error:
        return None
    return raw if urlsafe_b64encode(raw)[:TOKEN_LENGTH] == token.encode() else None


def lookup_of(raw: bytes) -> bytes:
    """Give the stored lookup that a token's bytes point to."""
    return sha256(raw[:HALF]).digest()
