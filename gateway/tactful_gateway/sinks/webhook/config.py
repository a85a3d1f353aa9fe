"""The options of a `webhook` sink, checked without quoting any of them: a URL may hold a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.outgoing.request import check_headers, check_url
from tactful_gateway.sinks.webhook.signature import read_secret

_SIGNATURE = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature"})
_MAKE_ONE = 'make one with: echo "whsec_$(openssl rand -base64 32)"'


class WebhookConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where events are posted and how they are signed.

    `secret` is one `whsec_...`, or the current one and the previous one while receivers change over. `timeout` is in
    seconds for a whole attempt. `headers` are sent besides the signature's.
    """

    url: str
    secret: str | Annotated[tuple[str, ...], Meta(min_length=1, max_length=2)]
    headers: dict[str, str] = {}
    timeout: Annotated[float, Meta(gt=0, le=30)] = 30.0
    allow_private: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets in the order in which their signatures are sent."""
        return (self.secret,) if isinstance(self.secret, str) else self.secret


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find an unusable URL, an address that a webhook may not reach, a bad secret, and headers that are not yours."""
    url = values.get("url")
    allow_private = values.get("allow_private", False)
    found = [] if url is None else check_url(url, allow_private=allow_private)
    found += _check_secret(values.get("secret"))
    return found + check_headers(values.get("headers", {}), "the sink", _SIGNATURE)


def _check_secret(secret: str | tuple[str, ...] | None) -> list[OptionProblem]:
    secrets = () if secret is None else (secret,) if isinstance(secret, str) else secret
    if all(read_secret(one) is not None for one in secrets):
        return []
    return [OptionProblem("secret", "bad_value", f"`secret` is whsec_ and 24 to 64 bytes in base64; {_MAKE_ONE}")]
