"""What others may know of the ruleset: the gate's part for SDKs, the page triggers for the widget; both with ETags."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

import msgspec
from msgspec import structs
from starlette.responses import Response

from tactful_gateway.http.operation import JSON, Call
from tactful_gateway.http.wire import Trigger, WidgetConfig
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ruleset import gate_part


async def gate(call: Call) -> Response:
    """Give the gate's part of the ruleset in force, or 304."""
    services = call.services
    services.metrics.sdk(call.request.headers.get("user-agent", ""), services.clock.now())
    body = _gate(services.rulesets.active, services.refresh)
    return revalidated(call, body, {"cache-control": "private, no-cache"})


async def widget(call: Call) -> Response:
    """Give the page triggers of the ruleset in force, or 304."""
    compiled = call.services.rulesets.active
    return revalidated(call, _widget(compiled), {"cache-control": "public, max-age=60"})


def revalidated(call: Call, body: bytes, headers: dict[str, str], media_type: str = JSON) -> Response:
    """Answer with a strong ETag over the bytes; 304 when the caller has exactly these (RFC 9110, section 13.1.2)."""
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = headers | {"etag": etag, "x-content-type-options": "nosniff"}
    wanted = [tag.strip().removeprefix("W/") for tag in call.request.headers.get("if-none-match", "").split(",")]
    if etag in wanted or "*" in wanted:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


@lru_cache(maxsize=4)
def _gate(compiled: CompiledRuleset, refresh: int) -> bytes:
    return msgspec.json.encode(structs.replace(gate_part(compiled.ruleset), refresh=refresh))


@lru_cache(maxsize=4)
def _widget(compiled: CompiledRuleset) -> bytes:
    triggers = tuple(
        Trigger(touchpoint=touchpoint.id, **structs.asdict(touchpoint.web))
        for touchpoint in compiled.ruleset.touchpoints.values()
        if touchpoint.web is not None
    )
    return msgspec.json.encode(WidgetConfig(triggers))
