"""One HTTP operation as data, and what carries it out: key, query, body, handler, in that order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import fields
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tactful_gateway.http.credentials.keys import KeyKind
from tactful_gateway.http.credentials.refusals import kind_of
from tactful_gateway.http.middleware.body import BODY, MAX_BODY, FindLimit
from tactful_gateway.http.problems import ApiError, ProblemCode
from tactful_gateway.http.reading.body import read_json
from tactful_gateway.http.reading.headers import read_header
from tactful_gateway.http.reading.query import read_query
from tactful_gateway.http.services import Services
from tactful_gateway.ledger.commands import Command, Reply
from tactful_gateway.ledger.intake import IntakeKind
from tactful_gateway.store.records import KeyRecord

JSON = "application/json"
_encode = msgspec.json.Encoder().encode


class Call:
    """One request on its way to a handler: `query` and `body` have the operation's types, `key` its kind, where any."""

    __slots__ = ("body", "key", "query", "scope", "services")

    def __init__(self, services: Services, scope: Scope, key: KeyRecord | None, query: Any, body: Any) -> None:
        self.services = services
        self.scope = scope
        self.key = key
        self.query = query
        self.body = body

    def submit(self, command: Command) -> Awaitable[Reply]:
        """Have the ledger carry out what this call asks for, and count what comes of it.

        Raises:
            LedgerBusyError: too much is waiting.
            StoreUnavailableError: nothing was written.
        """
        self.scope[UNSETTLED] = None
        return self.services.ledger.submit(command, len(self.raw_body))

    def reject(self, reason: ProblemCode) -> None:
        """Count that nothing comes of this call, where its answer is no error."""
        self.services.ledger.intake.reject(self.scope[UNSETTLED], reason)
        self.scope[UNSETTLED] = None

    @property
    def request(self) -> Request:
        """The request as Starlette shows it: its headers."""
        return Request(self.scope)

    @property
    def raw_body(self) -> bytes:
        """The body's bytes, for handlers that read something else than JSON."""
        body: bytes = self.scope[BODY]
        return body

    @property
    def token(self) -> str:
        """The invitation token in the path."""
        return str(self.scope["path_params"]["token"])


Handler: TypeAlias = Callable[[Call], Awaitable[Response]]
Method = Literal["GET", "POST", "PUT", "DELETE"]
UNSETTLED = "tactful.unsettled"
"""Where in the scope the kind of intake stands that was received; None once what came of it is counted, or will be."""
STRICT = "/v1/"
"""Paths below which a query is refused that nobody reads. Elsewhere mailers and caches add to it what they like."""


class NoQuery(Struct, frozen=True):
    """The query of most calls: nothing may stand in it."""


class Operation(Struct, frozen=True, kw_only=True):
    """What one path and method does.

    `keys` are the kinds of key it takes, none for public ones and for those whose path holds a token. `shapes` are
    what the body may be where the handler reads it, having no one `body` type. `answer` is the
    success body's type, or its media type where it is no JSON. Nothing sent counts as `{}` where the body's keys all
    have defaults. `limit` is how many bytes the body may have; a larger one than usual needs a path without parameters,
    and keys. Of `query` every field has a default. `headers` are those that count, with their JSON schemas.
    `counts_as` is the kind of intake of which each request, or each item of its batch, is one. Where it is `public`,
    whoever sends no key is answered, too.
    """

    path: str
    methods: tuple[Method, ...]
    handler: Handler
    summary: str
    keys: tuple[KeyKind, ...] = ()
    public: bool = False
    body: type[Struct] | None = None
    shapes: tuple[type[Struct], ...] = ()
    limit: int = MAX_BODY
    status: int = 200
    answer: type[Struct] | str
    errors: tuple[ProblemCode, ...] = ()
    query: type[Struct] = NoQuery
    headers: Mapping[str, Mapping[str, str]] = {}
    not_modified: bool = False
    counts_as: IntakeKind | None = None

    @property
    def nothing(self) -> bytes:
        """What an empty body stands for."""
        optional = self.body is not None and not any(field.required for field in fields(self.body))
        return b"{}" if optional else b""

    @property
    def name(self) -> str:
        """A unique name: the handler's."""
        return str(getattr(self.handler, "__name__", self.path))


class Endpoint:
    """Carries out one operation."""

    def __init__(self, operation: Operation, services: Services) -> None:
        self.operation = operation
        self._services = services
        self._strict = operation.path.startswith(STRICT)
        self._no_query = operation.query()

    def __call__(self, scope: Scope) -> Awaitable[Response]:
        """Read a request and have it answered.

        Raises:
            ApiError: the error middleware answers instead.
        """
        operation = self.operation
        scope["tactful.route"] = operation.path
        if operation.counts_as is not None:
            scope[UNSETTLED] = operation.counts_as
            self._services.ledger.intake.receive(operation.counts_as)
        keyed = operation.keys and (not operation.public or _sends_key(scope))
        key = read_key(scope, operation, self._services) if keyed else None
        query = self._no_query
        if scope["query_string"] and self._strict:
            query = read_query(scope["query_string"], operation.query, keyed=key is not None)
        body = read_json(scope[BODY] or operation.nothing, operation.body) if operation.body else None
        return operation.handler(Call(self._services, scope, key, query, body))


def find_limit(operation: Operation, services: Services) -> FindLimit:
    """Give what finds the limit of a body at the operation's path: its own one for those only whose key may call it."""

    def find(scope: Scope) -> int:
        if scope["method"] not in operation.methods:
            return MAX_BODY
        scope["tactful.route"] = operation.path
        read_key(scope, operation, services)
        return operation.limit

    return find


def read_key(scope: Scope, operation: Operation, services: Services) -> KeyRecord:
    """Find the caller's key and check that it may be used here; a refusal is said in the log.

    Raises:
        ApiError: `missing_key`, `unknown_key`, `wrong_key_kind` or `origin_not_allowed`.
    """
    scheme, _, text = (read_header(scope, b"authorization") or "").partition(" ")
    query = scope["query_string"]
    addressed = [key.strip() for key in QueryParams(query).getlist("key")] if query else []
    # Refused beside a good header, too: whoever sent it would never learn that it is in everybody's logs by now.
    spilt = next((key for key in addressed if key and not key.startswith("pk_")), "")
    text = spilt or (text.strip() if scheme.lower() == "bearer" else (addressed or [""])[-1])
    try:
        key = _key(text, operation.keys, services, spilt=bool(spilt))
    except ApiError as error:
        if error.code != "missing_key":
            services.refusals.key(error.code, kind_of(text), operation.path, services.clock.now())
        raise
    # CORS protects readers, not writers: a page that is not listed could still send, so the origin is checked here too.
    if key.kind == "pk" and (origin := read_header(scope, b"origin")) not in key.origins:
        services.refusals.origin(key, origin, services.clock.now())
        raise ApiError("origin_not_allowed")
    return key


def _sends_key(scope: Scope) -> bool:
    """Tell whether a key is sent where none is needed; a password or a token for a proxy in front of us is none."""
    scheme, _, text = (read_header(scope, b"authorization") or "").partition(" ")
    return scheme.lower() == "bearer" and kind_of(text.strip()) != "none"


def _key(text: str, kinds: tuple[KeyKind, ...], services: Services, *, spilt: bool) -> KeyRecord:
    if spilt:
        # A secret in an address ends up in logs and histories.
        raise ApiError("wrong_key_kind", detail="Only a pk_ key may stand in the address.")
    key = services.keys.identify(text)
    if key.kind not in kinds:
        raise ApiError("wrong_key_kind", detail=f"Takes {' or '.join(kinds)}, got {key.kind}.")
    return key


class JsonAnswer(Response):
    """A JSON answer that nobody caches; its headers are bytes already, where Starlette would make them each time."""

    fixed = ((b"content-type", JSON.encode()), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))

    def __init__(self, body: bytes, status: int) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [*self.fixed, (b"content-length", b"%d" % len(body))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


def answer(body: Struct, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write a JSON answer that nobody caches, unless `headers` say otherwise."""
    response = JsonAnswer(_encode(body), status)
    if headers:
        response.headers.update(headers)
    return response
