"""Standard Webhooks signatures (specification 1.0.0): HMAC-SHA256 over `id.timestamp.body`, scheme `v1`.

The bytes signed are the bytes sent: JSON has no canonical form, so the body is serialised once, when it is journalled.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from tactful_rules.model.ids import Instant

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
"""How long a key is, in bytes, says the specification."""


def read_secret(text: str) -> bytes | None:
    """Give the key in `whsec_<base64>` (missing padding is forgiven), None when it is none of 24 to 64 bytes."""
    if not text.startswith(PREFIX):
        return None
    encoded = text.removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) in KEY_BYTES else None


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Give one item of the signature header: `v1,<base64>`. `timestamp` is in whole Unix seconds."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def signed_headers(keys: Sequence[bytes], message_id: str, now: Instant, body: bytes) -> dict[str, str]:
    """Give the three headers of one attempt: the id stays over all attempts, the timestamp is this attempt's."""
    timestamp = now // 1000
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(key, message_id, timestamp, body) for key in keys),
    }
