"""Seals addresses while an invitation waits, so that a copied database tells nobody's number.

AES-SIV (RFC 5297) is deterministic: the same command applied again writes the same bytes, and no nonce can repeat. The
invitation and the channel are bound in, so a sealed address moved to another row opens no more.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LABEL = b"tactful.channel.address.v1"
_KEY_LENGTH = 64


class VaultError(Exception):
    """A sealed address can't be opened: it is another's, damaged, or sealed with another secret."""


class Vault:
    """Seals and opens addresses with a key of its own, derived from the gateway's secret."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(HKDF(SHA256(), _KEY_LENGTH, salt=None, info=LABEL).derive(secret))

    def seal(self, invitation: str, channel: str, address: str) -> bytes:
        """Give what may be stored: 16 bytes more than the address, the same ones each time."""
        return self._cipher.encrypt(address.encode(), [invitation.encode(), channel.encode()])

    def open(self, invitation: str, channel: str, sealed: bytes) -> str:
        """Give the address again.

        Raises:
            VaultError: it was not sealed so.
        """
        try:
            return self._cipher.decrypt(sealed, [invitation.encode(), channel.encode()]).decode()
        except (InvalidTag, ValueError) as error:
            raise VaultError("a sealed address can't be opened: was the file with the secret replaced?") from error
