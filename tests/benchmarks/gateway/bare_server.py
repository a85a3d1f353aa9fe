"""What the gateway is measured beside: an endpoint that takes the same request, parses it and gives such an answer.

It runs on uvicorn as it comes, save for the access log, in a process that has loaded nothing else.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tactful_gateway.words.screens import widget_words

QUESTIONS = [
    {"id": "score", "type": "csat", "required": True, "text": "您对本次支付体验满意吗?"},
    {"id": "why", "type": "text", "text": "哪里不好?", "if": {"score": {"at_most": 2}}},
]
DECISION = {
    "ask": True,
    "reason": "asked",
    "touchpoint": "payment",
    "event_id": "order-1",
    "rule": "any-payment",
    "questionnaire": "payment-csat",
    "channel": "web",
    "again": False,
    "tz_source": "settings",
    "rejected_params": [],
    "invitation": {
        "id": "0199f3f4-d2c1-7000-8000-000000000001",
        "token": "A" * 43,
        "url": "http://127.0.0.1:8000/i/" + "A" * 43,
        "expires_at": "2026-12-01T00:00:00.000Z",
        "locale": "zh-CN",
        "questionnaire": {"id": "payment-csat", "questions": QUESTIONS},
        "words": widget_words("zh-CN"),
    },
}
"""What a gateway answers, nearly."""


async def _respond(request: Request) -> JSONResponse:
    msgspec.json.decode(await request.body())
    return JSONResponse({"duplicate": False, "complete": True, "rev": 1}, 202)


async def _decide(request: Request) -> JSONResponse:
    msgspec.json.decode(await request.body())
    return JSONResponse(DECISION)


async def _take_in(request: Request) -> JSONResponse:
    items = msgspec.json.decode(await request.body())["items"]
    results = [{"status": "accepted"}] * len(items)
    return JSONResponse({"accepted": len(items), "duplicate": 0, "rejected": 0, "results": results}, 202)


ROUTES = {
    "bare-responses": Route("/v1/invitations/{token}/response", _respond, methods=["PUT"]),
    "bare-touchpoints": Route("/v1/touchpoints", _decide, methods=["POST"]),
    "bare-feedback": Route("/v1/feedback", _take_in, methods=["POST"]),
}


def main(kind: str, folder: Path, requests: int, core: int) -> None:
    """Serve one of them, after leaving in the folder what its callers need: paths or a key."""
    os.sched_setaffinity(0, {core})
    paths = (f"/v1/invitations/{number:043}/response" for number in range(requests))
    (folder / "lines").write_text("\n".join(paths) if kind == "bare-responses" else "sk_none")
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(Starlette(routes=[ROUTES[kind]]), log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
