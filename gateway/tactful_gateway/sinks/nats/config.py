"""The options of a `nats` sink; none is ever quoted, since a URL may hold a password that belongs elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.outgoing.tls import Tls, check_tls

TYPE = "{{type}}"
"""What stands in `subject` for the event's type, e.g. `response.completed`."""
_TOKEN = re.compile(r"[^\s.*>{}\x00-\x1f\x7f]+")
_STREAM = re.compile(r"[^\s.*>/\\\x00-\x1f\x7f]{1,255}")


class Login(Struct, frozen=True, forbid_unknown_fields=True):
    """A user and a password."""

    user: str
    password: str


class NatsTls(Tls, frozen=True, forbid_unknown_fields=True):
    """As `Tls`; `first` shakes hands before the server says anything, for a server that wants it so."""

    first: bool = False


class NatsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where messages go and who sends them.

    `url` is a server or several of one cluster. `create` makes the stream if it is not there, with `replicas` copies.
    `credentials` and `nkey` are paths of a `.creds` and of a seed file. `timeout` is in seconds for a whole batch.
    """

    url: str | Annotated[tuple[str, ...], Meta(min_length=1)]
    stream: str
    subject: str = f"tactful.{TYPE}"
    create: bool = False
    replicas: Literal[1, 3, 5] = 1
    login: Login | None = None
    token: str | None = None
    credentials: str | None = None
    nkey: str | None = None
    tls: NatsTls | None = None
    timeout: Annotated[float, Meta(gt=0, le=30)] = 10.0

    @property
    def urls(self) -> list[str]:
        """The servers, one at least."""
        return _split(self.url)

    @property
    def encrypted(self) -> bool:
        """Whether nothing may be said in the clear."""
        return self.tls is not None or any(url.startswith("tls://") for url in self.urls)


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find unusable servers, names and subjects, and ways of signing in that contradict each other."""
    return [
        *_check_urls(_split(values.get("url", ()))),
        *_check_names(values),
        *_check_sign_in(values),
        *check_tls(values.get("tls")),
    ]


def subject_of(template: str, event_type: str) -> str:
    """Give the subject of an event's message."""
    return template.replace(TYPE, event_type.removeprefix("tactful."))


def subjects_of(template: str) -> str:
    """Give the wildcard that all subjects of a template match: every type has two parts."""
    return template.replace(TYPE, "*.*")


def _split(url: str | Sequence[str]) -> list[str]:
    """Take `nats://a,nats://b` apart: that is how one environment variable names several."""
    return [part.strip() for part in url.split(",")] if isinstance(url, str) else list(url)


def _check_urls(urls: Sequence[str]) -> list[OptionProblem]:
    for url in urls:
        try:
            parts = urlsplit(url)
            readable = parts.scheme in {"nats", "tls"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            readable = False
        if not readable:
            message = "`url` is nats:// or tls://, a host and a port (4222 if none is named), or a list of such"
            return [OptionProblem("url", "bad_value", message)]
        if parts.username is not None:
            message = "`url` holds a user name or a token; write them in `login` or `token`"
            return [OptionProblem("url", "bad_value", message)]
    return []


def _check_names(values: Mapping[str, Any]) -> list[OptionProblem]:
    problems = []
    stream, subject = values.get("stream"), values.get("subject")
    if stream is not None and not _STREAM.fullmatch(stream):
        message = "`stream` is a name without spaces, dots, slashes, * and >"
        problems.append(OptionProblem("stream", "bad_value", message))
    if subject is not None and not _is_subject(subject):
        message = f"`subject` is words with dots between them, of which one may be {TYPE}: tactful.{TYPE}"
        problems.append(OptionProblem("subject", "bad_value", message))
    return problems


def _is_subject(subject: str) -> bool:
    tokens = subject.split(".")
    return not subject.startswith("$") and all(token == TYPE or _TOKEN.fullmatch(token) for token in tokens)


def _check_sign_in(values: Mapping[str, Any]) -> list[OptionProblem]:
    ways = [way for way in ("login", "token", "credentials", "nkey") if values.get(way) is not None]
    if len(ways) < 2:
        return []
    named = " or ".join(f"`{way}`" for way in ways)
    return [OptionProblem(ways[1], "bad_value", f"sign in by {named}, not by several")]
