"""Puts routes and middleware together into one ASGI app; the order of the middleware is the list below."""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp

from tactful_gateway.http.middleware.access import Access
from tactful_gateway.http.middleware.body import MAX_BODY, BodyLimit
from tactful_gateway.http.middleware.cors import Cors
from tactful_gateway.http.middleware.errors import Errors
from tactful_gateway.http.middleware.responder import Responder
from tactful_gateway.http.middleware.routing import Routes
from tactful_gateway.http.openapi import describe
from tactful_gateway.http.operation import JSON, Call, Endpoint, Operation, find_limit
from tactful_gateway.http.routes import OPERATIONS
from tactful_gateway.http.services import Services
from tactful_rules.model.ids import Span


def build(services: Services, *, version: str, body_timeout: Span) -> ASGIApp:
    """Build the app: access outside, then CORS, errors, the body, and the routes inside."""
    routes = Routes([Endpoint(operation, services) for operation in with_description(version)])
    limits = {it.path: find_limit(it, services) for it in OPERATIONS if it.limit != MAX_BODY}
    respond: Responder = BodyLimit(routes, body_timeout, limits)
    respond = Errors(respond, routes.find, services.ledger.intake)
    respond = Cors(respond, services.keys.knows_origin)
    return Access(respond, services.metrics.tally)


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
