"""The widget's two files: a loader looked at again every few minutes, a renderer whose name is its hash."""

from __future__ import annotations

from starlette.responses import Response

from tactful_gateway.assets import Assets
from tactful_gateway.http.documents import Document, document
from tactful_gateway.http.endpoints.rulesets import revalidated
from tactful_gateway.http.operation import Call
from tactful_gateway.http.problems import ApiError

JAVASCRIPT = "text/javascript; charset=utf-8"
SHARED = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
}
LOADER_CACHE = "public, max-age=300, stale-while-revalidate=86400"
RENDERER_CACHE = "public, max-age=31536000, immutable"


async def loader(call: Call) -> Response:
    """Give `/widget.js`."""
    return revalidated(call, document(_built(call).loader), SHARED | {"cache-control": LOADER_CACHE}, JAVASCRIPT)


async def renderer(call: Call) -> Response:
    """Give the renderer under its hash."""
    built = _built(call)
    if call.request.path_params["hash"] != built.hash:
        raise ApiError("not_found")
    found = Document(built.renderer, f'"{built.hash}"')
    return revalidated(call, found, SHARED | {"cache-control": RENDERER_CACHE}, JAVASCRIPT)


def _built(call: Call) -> Assets:
    if call.services.assets is None:
        raise ApiError("not_found", detail="The widget was not built.")
    return call.services.assets
