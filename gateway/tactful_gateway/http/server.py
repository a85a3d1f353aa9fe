"""Puts routes and middleware together into one ASGI app; the order of the middleware is the list below."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from tactful_gateway.http.middleware.access import Access
from tactful_gateway.http.middleware.body import MAX_BODY, BodyLimit
from tactful_gateway.http.middleware.cors import Cors
from tactful_gateway.http.middleware.errors import Errors
from tactful_gateway.http.openapi import describe
from tactful_gateway.http.operation import JSON, Call, EachMethod, Endpoint, Operation, find_limit
from tactful_gateway.http.routes import OPERATIONS
from tactful_gateway.http.services import Services
from tactful_rules.model.ids import Span


class _Anything(PathConvertor):
    """A person's id may hold slashes; one with a line break is to be refused for it rather than found nowhere."""

    regex = r"[\s\S]*"


register_url_convertor("anything", _Anything())


def build(services: Services, *, version: str, body_timeout: Span) -> ASGIApp:
    """Build the app: access outside, then CORS, errors, the body, and the routes inside."""
    app: ASGIApp = Router(_routes(with_description(version), services), redirect_slashes=False)
    app = BodyLimit(app, body_timeout, {it.path: find_limit(it, services) for it in OPERATIONS if it.limit != MAX_BODY})
    app = Errors(app)
    app = Cors(app, services.keys.knows_origin)
    return Access(app, services.metrics.tally)


def with_description(version: str) -> tuple[Operation, ...]:
    """Give all operations, the one that serves their description included."""

    async def openapi(call: Call) -> Response:
        return Response(document, media_type=JSON, headers={"access-control-allow-origin": "*"})

    own = Operation(
        path="/openapi.json", methods=("GET",), handler=openapi, summary="This description.", answer="application/json"
    )
    operations = (*OPERATIONS, own)
    document = msgspec.json.encode(describe(operations, version))
    return operations


def _routes(operations: Sequence[Operation], services: Services) -> list[Route]:
    """Make one route a path, in the order of the operations: `Allow` is to name all methods of a path."""
    paths: dict[str, list[Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, []).append(operation)
    return [_route(path, offered, services) for path, offered in paths.items()]


def _route(path: str, offered: Sequence[Operation], services: Services) -> Route:
    path = path.replace("{person}", "{person:anything}")
    methods = [method for operation in offered for method in operation.methods]
    made = [Endpoint(operation, services) for operation in offered]
    return Route(path, made[0] if len(made) == 1 else EachMethod(made), methods=methods)
