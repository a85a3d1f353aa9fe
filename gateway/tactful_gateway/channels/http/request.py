"""Makes the request of one message from the channel's templates; pure, and nothing a person wrote gets out of place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import msgspec

from tactful_gateway.channels.base import Message
from tactful_gateway.channels.http.config import IDEMPOTENCY_KEY, HttpConfig
from tactful_gateway.channels.templates.defaults import default_subject, default_text, titled
from tactful_gateway.channels.templates.escapes import Escape, in_html, in_json, in_url, one_line, plain
from tactful_gateway.channels.templates.template import render, render_deep, without_placeholders
from tactful_gateway.outgoing.errors import PermanentError

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
_ESCAPES: tuple[tuple[Callable[[str], bool], Escape], ...] = (
    (lambda kind: kind == JSON or kind.endswith("+json"), in_json),
    (lambda kind: kind == "application/x-www-form-urlencoded", in_url),
    (lambda kind: kind in {"text/html", "application/xml", "text/xml"} or kind.endswith("+xml"), in_html),
)


class Request(NamedTuple):
    """One request, ready to be sent."""

    method: str
    url: httpx.URL
    headers: dict[str, str]
    body: bytes


def make_request(config: HttpConfig, message: Message) -> Request:
    """Fill in the templates.

    Raises:
        PermanentError: a value can't stand where it should.
    """
    message = titled(message)
    headers: dict[str, str] = {name.lower(): render(value, message, one_line) for name, value in config.headers.items()}
    kind, body = _body(config, message)
    if kind:
        headers = {"content-type": kind, **headers}
    headers[IDEMPOTENCY_KEY] = message.id
    return Request(config.method, _url(config, message), headers, body)


def _url(config: HttpConfig, message: Message) -> httpx.URL:
    try:
        return httpx.URL(render(config.url, message, _in_path))
    except httpx.InvalidURL as error:  # the template itself was checked, and what is filled in is percent-encoded
        raise PermanentError("the channel's `url` is too long with the values that it is filled in with") from error


def _body(config: HttpConfig, message: Message) -> tuple[str, bytes]:
    """Give the content type that holds unless `headers` name another, and the bytes."""
    if config.method == "GET":
        return "", b""
    if config.body is None:
        return JSON, msgspec.json.encode(render_deep(config.json or _default(message), message))
    looks = JSON if without_placeholders(config.body).lstrip()[:1] in {"{", "["} else TEXT
    said = next((value for name, value in config.headers.items() if name.lower() == "content-type"), looks)
    return looks, render(config.body, message, _escape_for(said)).encode()


def _default(message: Message) -> dict[str, Any]:
    """Give the JSON of a channel that has no template: what any small receiver needs to pass the message on."""
    return {
        "to": "{{address}}",
        "title": default_subject(message),
        "text": default_text(message),
        "url": "{{url}}",
        "opt_out_url": "{{opt_out_url}}",
    }


def _escape_for(content_type: str) -> Escape:
    kind = content_type.partition(";")[0].strip().lower()
    return next((escape for fits, escape in _ESCAPES if fits(kind)), plain)


def _in_path(text: str) -> str:
    if text in {".", ".."}:  # percent-encoding does not keep a server from going up the path
        raise PermanentError("a value of dots alone can't stand in the channel's `url`")
    return in_url(text)
