"""The options of an `email` channel, checked without quoting any of them: the URL holds a password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct, field

from tactful_gateway.channels.email.mailbox import read_sender
from tactful_gateway.channels.templates.escapes import one_line
from tactful_gateway.channels.templates.template import check_placeholders
from tactful_gateway.outgoing.options import OptionProblem

_FORM = "`url` is smtp://user:password@host:port or smtps://..."
_RELAY, _SUBMISSION, _SUBMISSIONS = 25, 587, 465


class EmailConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Through which server mails go, from whom, and the templates of what they say."""

    url: str
    from_: str = field(name="from")
    subject: str | None = None
    text: str | None = None
    html: str | None = None


class Server(NamedTuple):
    """A mail server and who we are to it. `tls`: from the first byte on; else once the server offers STARTTLS."""

    host: str
    port: int
    tls: bool
    user: str
    password: str


def read_server(url: str) -> Server:
    """Read `smtp[s]://user:password@host:port`; what is percent-encoded is decoded.

    Without a port: 465 for smtps, for smtp 587 with a user and 25 without one.

    Raises:
        ValueError: it is something else; the message says what to do and quotes nothing.
    """
    parts, port = _split(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError(f"{_FORM}")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(f"{_FORM}; / ? # in a password are written %2F %3F %23")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError(f"{_FORM}: a user and a password, or neither")
    tls = parts.scheme == "smtps"
    usual = _SUBMISSIONS if tls else _SUBMISSION if user else _RELAY
    return Server(parts.hostname, port or usual, tls, user, password)


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find a URL that names no mail server, a sender that is none, and unknown placeholders."""
    problems = [problem for option in ("subject", "text", "html") for problem in _check_template(option, values)]
    if "url" in values:
        try:
            read_server(values["url"])
        except ValueError as error:
            problems.append(OptionProblem("url", "bad_value", str(error)))
    if "from" in values and read_sender(values["from"]) is None:
        message = "`from` is one address: shop@example.com or The shop <shop@example.com>"
        problems.append(OptionProblem("from", "bad_value", message))
    return problems


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"{_FORM}, the port a number") from None
    if not url.isprintable() or " " in url or "{{" in url:
        raise ValueError(f"{_FORM}, without spaces and placeholders")
    return parts, port


def _check_template(option: str, values: Mapping[str, Any]) -> list[OptionProblem]:
    template = values.get(option)
    if template is not None and not one_line(template):
        return [OptionProblem(option, "bad_value", f"`{option}` is empty; without it our own words are sent")]
    return check_placeholders(option, template)
