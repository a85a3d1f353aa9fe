"""The options of an `http` channel, checked without quoting any of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from tactful_gateway.channels.http.pointer import is_pointer
from tactful_gateway.channels.templates.template import check_placeholders, without_placeholders
from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.outgoing.request import check_headers, check_url

IDEMPOTENCY_KEY = "idempotency-key"
_FIXED_HOST = re.compile(r"[a-z]+://[^/?#{]+([/?#]|$)", re.IGNORECASE)
_MAKES_NO_SENSE = range(300, 400)


class HttpConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Which request is sent for each message, and how its answer is read.

    `url`, `headers`, `json` and `body` are templates; `json` and `body` exclude each other, and without both our own
    JSON is sent. `ok` are the statuses that count as accepted (default: any 2xx). `message_id` is a JSON pointer
    (RFC 6901) to the provider's name for the message in its answer.
    """

    url: str
    method: Literal["POST", "PUT", "PATCH", "GET"] = "POST"
    headers: dict[str, str] = {}
    json: dict[str, Any] | list[Any] | None = None
    body: str | None = None
    ok: tuple[Annotated[int, Meta(ge=200, le=599)], ...] = ()
    message_id: str | None = None
    allow_private: bool = False


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find an unusable URL, unknown placeholders, headers that are not yours, and what contradicts itself."""
    problems = [] if "url" not in values else _check_url(values["url"], values.get("allow_private", False))
    for option in ("url", "headers", "json", "body"):
        problems += check_placeholders(option, values.get(option))
    problems += check_headers(values.get("headers", {}), "the channel", frozenset({IDEMPOTENCY_KEY}))
    return problems + _check_body(values) + _check_answer(values)


def _check_url(url: str, allow_private: bool) -> list[OptionProblem]:
    if "{{" in url and not _FIXED_HOST.match(url):
        return [OptionProblem("url", "bad_value", "placeholders stand behind the host of `url`, in its path or query")]
    return check_url(without_placeholders(url), allow_private=allow_private)


def _check_body(values: Mapping[str, Any]) -> list[OptionProblem]:
    given = [option for option in ("json", "body") if values.get(option) is not None]
    if len(given) > 1:
        return [OptionProblem("body", "bad_value", "a request has `json` or a `body`, not both: remove one")]
    if given and values.get("method") == "GET":
        return [OptionProblem(given[0], "bad_value", "a GET has no body; put the placeholders into `url`")]
    return []


def _check_answer(values: Mapping[str, Any]) -> list[OptionProblem]:
    problems = []
    if any(status in _MAKES_NO_SENSE for status in values.get("ok", ())):
        problems.append(OptionProblem("ok", "bad_value", "redirects are not followed: no 3xx counts as accepted"))
    pointer = values.get("message_id")
    if pointer is not None and not is_pointer(pointer):
        message = "`message_id` is a JSON pointer into the answer, such as /messages/0/id"
        problems.append(OptionProblem("message_id", "bad_value", message))
    return problems
