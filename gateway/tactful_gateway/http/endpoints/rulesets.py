"""What others may know of the ruleset: the gate's part for SDKs, the page triggers for the widget; both with ETags."""

from __future__ import annotations

from starlette.responses import Response

from tactful_gateway.http.documents import Document
from tactful_gateway.http.operation import JSON, Call


async def gate(call: Call) -> Response:
    """Give the gate's part of the ruleset in force, or 304."""
    services = call.services
    services.metrics.sdk(call.request.headers.get("user-agent", ""), services.clock.now())
    return revalidated(call, services.documents.gate(), {"cache-control": "private, no-cache"})


async def widget(call: Call) -> Response:
    """Give the page triggers of the ruleset in force, or 304."""
    return revalidated(call, call.services.documents.widget(), {"cache-control": "public, max-age=60"})


def revalidated(call: Call, document: Document, headers: dict[str, str], media_type: str = JSON) -> Response:
    """Answer with a document and its ETag; 304 when the caller has exactly this one (RFC 9110, section 13.1.2)."""
    headers = headers | {"etag": document.etag, "x-content-type-options": "nosniff"}
    wanted = [tag.strip().removeprefix("W/") for tag in call.request.headers.get("if-none-match", "").split(",")]
    if document.etag in wanted or "*" in wanted:
        return Response(status_code=304, headers=headers)
    return Response(document.body, headers=headers, media_type=media_type)
