"""Sending through a real HTTP server: what counts as accepted, what is tried again, and what is never reached."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tactful_gateway.channels.base import Courier, Receipt
from tactful_gateway.channels.http.config import HttpConfig
from tactful_gateway.channels.http.courier import HttpCourier
from tactful_gateway.channels.registry import build
from tactful_gateway.clock import SystemClock
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_rules.model.folder import ChannelConfig
from tests.gateway.channels.samples import MESSAGE
from tests.gateway.sinks.receiver import Answer, Receiver


def courier(receiver: Receiver, **options: Any) -> Courier:
    return build(ChannelConfig("sms", "http", {"url": receiver.url, "allow_private": True, **options}), SystemClock())


async def send(receiver: Receiver, **options: Any) -> Receipt:
    sender = courier(receiver, **options)
    await sender.open()
    try:
        return await sender.send(replace(MESSAGE, params={"order": {"title": "é 🍜"}}))
    finally:
        await sender.close()


async def test_the_request_arrives_as_the_templates_say(receiver: Receiver) -> None:
    await send(
        receiver,
        url=f"http://127.0.0.1:{receiver.port}/v1/{{{{address}}}}",
        headers={"Authorization": "Bearer t", "X-Title": "{{params.order.title}}"},
        json={"text": "{{url}}"},
    )
    (request,) = receiver.requests
    assert request.path == "/v1/ann@example.com"
    assert request.headers["authorization"] == "Bearer t"
    assert request.headers["x-title"] == "é 🍜"
    assert request.headers["idempotency-key"] == MESSAGE.id
    assert msgspec.json.decode(request.body) == {"text": MESSAGE.url}


async def test_the_providers_name_is_read_from_its_answer(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(201, body=b'{"messages": [{"id": "SM-1"}]}')
    assert await send(receiver, message_id="/messages/0/id") == Receipt("SM-1")
    receiver.answer = lambda _: Answer(201, body=b"<html>fine</html>")
    assert await send(receiver, message_id="/messages/0/id") == Receipt(None)


async def test_only_the_statuses_named_count_as_accepted(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(409, body=b"seen before")
    await send(receiver, ok=[202, 409])
    receiver.answer = lambda _: Answer(200, body=b"no credit left")
    with pytest.raises(PermanentError, match="HTTP 200") as refused:
        await send(receiver, ok=[202])
    assert refused.value.answer == "no credit left"


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
async def test_a_4xx_is_final_and_carries_the_answer(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: Answer(status, body=b"not ann@example.com")
    with pytest.raises(PermanentError, match=f"HTTP {status}") as refused:
        await send(receiver)
    assert "ann@" not in str(refused.value)
    assert refused.value.answer == "not ann@example.com"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
async def test_these_are_tried_again_when_the_provider_says(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: Answer(status, headers=[("retry-after", "17")])
    with pytest.raises(TransientError) as failed:
        await send(receiver)
    assert failed.value.retry_after == 17_000


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(302, headers=[("location", "/elsewhere")])
    with pytest.raises(TransientError, match="redirects"):
        await send(receiver)
    assert len(receiver.requests) == 1


async def test_a_private_address_behind_a_name_is_never_connected_to(receiver: Receiver) -> None:
    config = HttpConfig(url=f"http://localhost:{receiver.port}/", allow_private=False)  # past the check of its options
    sender = HttpCourier(config, SystemClock())
    await sender.open()
    with pytest.raises(TransientError, match="private address"):
        await sender.send(MESSAGE)
    await sender.close()
    assert receiver.requests == []


async def test_a_provider_that_does_not_answer_is_given_up(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(delay=3)
    sender = HttpCourier(HttpConfig(url=receiver.url, allow_private=True), SystemClock(), timeout=0.2)
    await sender.open()
    with pytest.raises(TransientError, match=r"no answer within 0\.2 s"):
        await sender.send(MESSAGE)
    await sender.close()


async def test_an_endless_answer_is_left_unread(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(400, body=b"x" * 5_000_000)
    with pytest.raises(PermanentError) as refused:
        await send(receiver)
    assert len(refused.value.answer) == 20_000


async def test_a_reminder_has_an_idempotency_key_of_its_own(receiver: Receiver) -> None:
    sender = courier(receiver)
    await sender.open()
    await sender.send(MESSAGE)
    await sender.send(replace(MESSAGE, id=MESSAGE.invitation + "/1", reminder=1))
    await sender.close()
    assert [request.headers["idempotency-key"][-2:] for request in receiver.requests] == ["/0", "/1"]
