"""The options of a `clickhouse` sink; none is ever quoted, since a URL may hold a password that belongs elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import httpx
from msgspec import Meta, Struct

from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.outgoing.request import check_url

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class Login(Struct, frozen=True, forbid_unknown_fields=True):
    """A user and a password; they go into headers, never into a URL that a proxy may log."""

    user: str
    password: str


class ClickhouseConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Which server and table. `timeout` is in seconds for a whole batch; `shape` says what columns there are."""

    url: str
    database: str = "default"
    table: str = "tactful_events"
    login: Login | None = None
    timeout: Annotated[float, Meta(gt=0, le=30)] = 30.0
    allow_private: bool = False
    shape: str = "cloudevents"


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find an unusable URL, an address that may not be reached, a password in the clear, and names that are none."""
    problems = _check_url(values)
    for key in ("database", "table"):
        name = values.get(key)
        if name is not None and not _NAME.fullmatch(name):
            message = f"`{key}` is a name of letters, digits and underscores"
            problems.append(OptionProblem(key, "bad_value", message))
    login = values.get("login")
    if login is not None and not (login.user + login.password).isprintable():
        problems.append(OptionProblem("login", "bad_value", "`login` holds a character that no header can"))
    return problems


def _check_url(values: Mapping[str, Any]) -> list[OptionProblem]:
    text = values.get("url")
    if text is None:
        return []
    private = values.get("allow_private", False)
    try:
        url = httpx.URL(text)
        holds_more = bool(url.userinfo or url.query or url.fragment)
    except (httpx.InvalidURL, ValueError):
        return check_url(text, allow_private=private)
    if holds_more:
        message = "`url` is https://, a host and a port; write the user and the password in `login`"
        return [OptionProblem("url", "bad_value", message)]
    if url.scheme == "http" and values.get("login") is not None and not private:
        message = (
            "`url` would send the password in the clear: use https://, or `allow_private: true` in your own network"
        )
        return [OptionProblem("url", "bad_value", message)]
    return check_url(text, allow_private=private)
