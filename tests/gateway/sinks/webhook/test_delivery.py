"""The sender against a real server, verified by the reference library `standardwebhooks`."""

from __future__ import annotations

import asyncio

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.sink import NOW, delivery
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.sinks.webhook.config import WebhookConfig
from tactful_gateway.sinks.webhook.sink import WebhookSink
from tests.gateway.sinks.receiver import Answer, Receiver, Request
from tests.stopwatch import Stopwatch

CURRENT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PREVIOUS = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
STRANGER = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="


def hook(receiver: Receiver, **options: object) -> WebhookSink:
    settings = {"url": receiver.url, "secret": CURRENT, "allow_private": True, **options}
    return WebhookSink(WebhookConfig(**settings))  # type: ignore[arg-type] # built from keywords on purpose


async def send(sink: WebhookSink, now: int = NOW) -> None:
    await sink.open()
    try:
        await sink.deliver([delivery(1, "很好 👍")], now)
    finally:
        await sink.close()


async def test_the_reference_library_accepts_a_delivery(receiver: Receiver) -> None:
    await send(hook(receiver), SystemClock().now())
    (request,) = receiver.requests
    event = Webhook(CURRENT).verify(request.body, request.headers)
    assert event["data"]["answers"]["why"] == "很好 👍"
    assert request.headers["webhook-id"] == event["id"] == delivery(1).id
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


async def test_during_rotation_receivers_with_either_secret_accept(receiver: Receiver) -> None:
    await send(hook(receiver, secret=(CURRENT, PREVIOUS)), SystemClock().now())
    (request,) = receiver.requests
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    for secret in (CURRENT, PREVIOUS):
        Webhook(secret).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(STRANGER).verify(request.body, request.headers)


async def test_each_attempt_has_its_own_timestamp_and_the_same_id(receiver: Receiver) -> None:
    sink = hook(receiver)
    await send(sink, NOW)
    await send(sink, NOW + 7_200_999)
    first, second = (request.headers for request in receiver.requests)
    assert first["webhook-id"] == second["webhook-id"]
    assert [first["webhook-timestamp"], second["webhook-timestamp"]] == ["1795340000", "1795347200"]
    assert first["webhook-signature"] != second["webhook-signature"]


async def test_custom_headers_are_sent_and_never_replace_the_signature(receiver: Receiver) -> None:
    await send(hook(receiver, headers={"Authorization": "Bearer t", "Content-Type": "application/cloudevents+json"}))
    headers = receiver.requests[0].headers
    assert headers["authorization"] == "Bearer t"
    assert headers["content-type"] == "application/cloudevents+json"


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(302, [("location", receiver.url + "/elsewhere")])
    with pytest.raises(TransientError, match="HTTP 302 Found: redirects are not followed"):
        await send(hook(receiver))
    assert len(receiver.requests) == 1


async def test_a_slow_endpoint_is_given_up_within_the_timeout(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(delay=5.0)
    with Stopwatch() as took, pytest.raises(TransientError, match=r"no answer within 0\.2 s"):
        await send(hook(receiver, timeout=0.2))
    assert took.seconds < 2


async def test_an_endpoint_that_drips_its_answer_is_given_up_too() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1000:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    sink = WebhookSink(WebhookConfig(url=url, secret=CURRENT, timeout=0.3, allow_private=True))
    with Stopwatch() as took, pytest.raises(TransientError, match="no answer within"):
        await send(sink)
    assert took.seconds < 2
    server.close()
    await server.wait_closed()


async def test_a_tls_destination_is_greeted_and_checked_by_its_name_not_by_its_number() -> None:
    greetings: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greetings.append(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    with pytest.raises(TransientError):
        await send(WebhookSink(WebhookConfig(url=url, secret=CURRENT, allow_private=True)))
    server.close()
    await server.wait_closed()
    assert b"localhost" in greetings[0]


async def test_a_huge_answer_is_read_only_in_part(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(400, body=b"x" * 30_000_000)
    with pytest.raises(PermanentError, match="HTTP 400 Bad Request") as refused:
        await send(hook(receiver))
    assert refused.value.answer == "x" * 20_000


async def test_a_secret_that_an_answer_is_cut_in_is_not_kept_by_half(receiver: Receiver) -> None:
    cut = 20_000 - 20

    def echo(request: Request) -> Answer:
        return Answer(400, body=b"x" * cut + request.headers["webhook-signature"].encode() + b"x" * 9)

    receiver.answer = echo
    with pytest.raises(PermanentError) as refused:
        await send(hook(receiver))
    assert refused.value.answer == "x" * cut + "***"


async def test_a_huge_answer_to_a_success_is_a_success(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(200, body=b"x" * 5_000_000)
    sink = hook(receiver)
    await send(sink)
    await send(sink)
    assert len(receiver.accepted) == 2


async def test_a_refused_connection_is_tried_again_later() -> None:
    sink = WebhookSink(WebhookConfig(url="http://127.0.0.1:9/", secret=CURRENT, allow_private=True))
    with pytest.raises(TransientError, match="can't be connected to"):
        await send(sink)


async def test_a_name_that_does_not_exist_is_tried_again_later() -> None:
    sink = WebhookSink(WebhookConfig(url="https://nowhere.invalid/", secret=CURRENT))
    with pytest.raises(TransientError, match="can't be resolved"):
        await send(sink)


async def test_names_and_ipv6_literals_are_connected_to_when_allowed(receiver: Receiver) -> None:
    url = f"http://localhost:{receiver.port}/hook?token=a%20b"
    await send(WebhookSink(WebhookConfig(url=url, secret=CURRENT, allow_private=True)))
    assert receiver.requests[0].headers["host"] == f"localhost:{receiver.port}"
    mapped = f"http://[::ffff:127.0.0.1]:{receiver.port}/hook"
    await send(WebhookSink(WebhookConfig(url=mapped, secret=CURRENT, allow_private=True)))
    assert receiver.requests[1].headers["host"] == f"[::ffff:127.0.0.1]:{receiver.port}"


async def test_no_message_of_a_failure_holds_the_url_or_the_secret(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(503)
    with pytest.raises(TransientError) as failed:
        await send(hook(receiver, url=receiver.url + "?token=sesame"))
    assert "sesame" not in str(failed.value)
    assert CURRENT not in str(failed.value)
