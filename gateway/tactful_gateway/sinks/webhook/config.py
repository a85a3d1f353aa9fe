"""The options of a `webhook` sink, checked without quoting any of them: a URL may hold a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import httpx
from msgspec import Meta, Struct

from tactful_gateway.outgoing.address import is_open, literal
from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.sinks.webhook.signature import read_secret

_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "webhook-id", "webhook-timestamp"}
    | {"webhook-signature", "accept-encoding"}
)
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
    return [*_check_url(values), *_check_secret(values.get("secret")), *_check_headers(values.get("headers", {}))]


def _check_url(values: Mapping[str, Any]) -> list[OptionProblem]:
    if "url" not in values:
        return []
    try:
        url = httpx.URL(values["url"])
        host = url.host  # decoded only now: `xn--` alone is no name
    except (httpx.InvalidURL, ValueError):
        return [OptionProblem("url", "bad_value", "`url` can't be read as a URL")]
    if url.scheme not in {"http", "https"} or not host:
        return [OptionProblem("url", "bad_value", "`url` starts with https:// (or http://) and a host")]
    if url.userinfo:
        return [OptionProblem("url", "bad_value", "`url` holds a user name; send it in `headers` as `authorization`")]
    address = literal(host)
    local = host == "localhost" or host.endswith(".localhost") or (address and not is_open(address))
    if local and values.get("allow_private", False) is False:
        message = "`url` names a private address; add `allow_private: true` if this sink may reach your own network"
        return [OptionProblem("url", "private_address", message)]
    return []


def _check_secret(secret: str | tuple[str, ...] | None) -> list[OptionProblem]:
    secrets = () if secret is None else (secret,) if isinstance(secret, str) else secret
    if all(read_secret(one) is not None for one in secrets):
        return []
    return [OptionProblem("secret", "bad_value", f"`secret` is whsec_ and 24 to 64 bytes in base64; {_MAKE_ONE}")]


def _check_headers(headers: Mapping[str, str]) -> list[OptionProblem]:
    problems: list[OptionProblem] = []
    for name, value in headers.items():
        key = f"headers.{name}"
        if name.lower() in _OWN_HEADERS:
            problems.append(OptionProblem(key, "bad_value", f"the sink sets the header {name} itself"))
        elif not _is_token(name) or not value.isprintable() or not value.isascii():
            problems.append(OptionProblem(key, "bad_value", "header names and values are printable ASCII"))
    return problems


def _is_token(name: str) -> bool:
    return bool(name) and all(char.isalnum() or char in "!#$%&'*+-.^_`|~" for char in name) and name.isascii()
