"""Judges the options that make up a request, without quoting any of them: a URL or a header may hold a token."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from tactful_gateway.outgoing.address import is_open, literal
from tactful_gateway.outgoing.options import OptionProblem

OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
"""Headers that belong to the connection."""


def check_url(text: str, *, allow_private: bool) -> list[OptionProblem]:
    """Find an unusable URL and an address that may not be reached."""
    try:
        url = httpx.URL(text)
        host = url.host  # decoded only now: `xn--` alone is no name
    except (httpx.InvalidURL, ValueError):
        return [OptionProblem("url", "bad_value", "`url` can't be read as a URL")]
    if url.scheme not in {"http", "https"} or not host:
        return [OptionProblem("url", "bad_value", "`url` starts with https:// (or http://) and a host")]
    if url.userinfo:
        return [OptionProblem("url", "bad_value", "`url` holds a user name; send it in `headers` as `authorization`")]
    address = literal(host)
    local = host == "localhost" or host.endswith(".localhost") or (address and not is_open(address))
    if local and not allow_private:
        message = "`url` names a private address; add `allow_private: true` if it may be in your own network"
        return [OptionProblem("url", "private_address", message)]
    return []


def check_headers(headers: Mapping[str, str], what: str, own: frozenset[str]) -> list[OptionProblem]:
    """Find headers that can't be sent, and those that `what` (`the sink`) sets itself: the connection's and its own."""
    problems: list[OptionProblem] = []
    for name, value in headers.items():
        key = f"headers.{name}"
        if name.lower() in OWN_HEADERS | own:
            problems.append(OptionProblem(key, "bad_value", f"{what} sets the header {name} itself"))
        elif not _is_token(name) or not value.isprintable() or not value.isascii():
            problems.append(OptionProblem(key, "bad_value", "header names and values are printable ASCII"))
    return problems


def _is_token(name: str) -> bool:
    return bool(name) and all(char.isalnum() or char in "!#$%&'*+-.^_`|~" for char in name) and name.isascii()
