"""The whole gateways that `bench_http` and `bench_memory` measure, each in a process pinned to one core."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from tactful_gateway.activation import prepare
from tactful_gateway.app import Gateway
from tactful_gateway.clock import SystemClock
from tactful_gateway.http.credentials.keys import KEY_BYTES, make_key
from tactful_gateway.ledger.commands import Command, Decide, Notice
from tactful_gateway.logs import configure_logs
from tactful_gateway.serving.server import event_loop, listen, make_server
from tactful_gateway.settings import GatewaySettings
from tactful_gateway.storage import open_store
from tactful_gateway.store.records import InvitationRecord, KeyRecord
from tactful_rules.model.event import Event

SURVEY = """
touchpoints: {payment: {stage: order, params: {order.kind: string, order.amount: number}}}
journey: [{stage: order, title: Ordering}]
rules: {any-payment: {at: payment, ask: payment-csat}}
questionnaires:
  payment-csat:
    questions:
      - {id: score, type: csat, required: true, text: {en: How was paying today?, zh-CN: 您对本次支付体验满意吗?}}
      - {id: why, type: text, text: {en: What went wrong?, zh-CN: 哪里不好?}, if: {score: {at_most: 2}}}
"""
TOGETHER = 1_000
"""Commands submitted at once while preparing; the ledger refuses more than it can queue."""
PARAMS = {"order.kind": "combo", "order.amount": 38.5}


async def serve_responses(folder: Path, requests: int) -> None:
    """Serve a gateway that has asked `requests` persons, and leave the paths of their invitations in the folder."""
    async with await _gateway(folder) as gateway:
        (folder / "lines").write_text("\n".join(await _ask(gateway, requests)))
        await _listen(gateway.app)


async def serve_knowing_nobody(folder: Path, _: int) -> None:
    """Serve a gateway that knows nobody yet, and leave its key in the folder."""
    text, key = make_key("sk", SystemClock().now(), os.urandom(KEY_BYTES + 10))
    async with await _gateway(folder, key) as gateway:
        (folder / "lines").write_text(text)
        await _listen(gateway.app)


async def _gateway(folder: Path, *keys: KeyRecord) -> Gateway:
    survey = folder / "survey"
    survey.mkdir()
    (survey / "survey.yaml").write_text(SURVEY, "utf-8")
    settings = GatewaySettings(db=f"sqlite:///{folder / 'tactful.db'}", watch=False)
    store, secret = await open_store(settings)
    return Gateway(survey, prepare(survey, {}, SystemClock()), settings, store, secret, own_keys=keys)


async def _ask(gateway: Gateway, requests: int) -> list[str]:
    """Ask and show to as many persons, and give the paths to which their responses go."""
    services = gateway.services
    replies = await _submit(gateway, [_decide(gateway, number) for number in range(requests)])
    invitations = [reply.invitation for reply in replies]
    await _submit(gateway, [_display(invitation) for invitation in invitations])
    tokens = [services.tokens.token(invitation.id, invitation.expires_at) for invitation in invitations]
    for invitation, token in zip(invitations, tokens, strict=True):
        services.lookups.remember(invitation, token)
    return [f"/v1/invitations/{token}/response" for token in tokens]


async def _submit(gateway: Gateway, commands: Sequence[Command]) -> list[Any]:
    replies: list[Any] = []
    for start in range(0, len(commands), TOGETHER):
        some = commands[start : start + TOGETHER]
        replies += await asyncio.gather(*(gateway.services.ledger.submit(command) for command in some))
    return replies


def _decide(gateway: Gateway, number: int) -> Decide:
    invitation = gateway.services.new_id()
    event = Event(touchpoint="payment", person=f"u-{number}", event_id=f"order-{number}", params=PARAMS)
    return Decide(event, invitation, gateway.services.tokens.lookup(invitation))


def _display(invitation: InvitationRecord) -> Notice:
    return Notice("displayed", invitation.person, invitation.id, invitation.rule)


async def _listen(app: ASGIApp) -> None:
    listening = listen("127.0.0.1", 0)
    print(listening.getsockname()[1], flush=True)
    await make_server(app).serve(sockets=[listening])


if __name__ == "__main__":
    kind, place, count, core = sys.argv[1:]
    serve = {
        "gateway-responses": serve_responses,
        "gateway-touchpoints": serve_knowing_nobody,
        "gateway-feedback": serve_knowing_nobody,
    }[kind]
    os.sched_setaffinity(0, {int(core)})
    configure_logs("warning")
    with asyncio.Runner(loop_factory=event_loop) as runner:
        runner.run(serve(Path(place), int(count)))
