"""Sending through Apprise to a real server: escaped, in time, and without a word in the logs."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tactful_gateway.channels.apprise import AppriseConfig, AppriseCourier
from tactful_gateway.channels.base import Message
from tactful_gateway.clock import SystemClock
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tests.gateway.channels.samples import MESSAGE
from tests.gateway.sinks.receiver import Answer, Receiver


async def send(receiver: Receiver, message: Message = MESSAGE, timeout: float = 20.0, **options: Any) -> None:
    url = f"json://user:hunter2@127.0.0.1:{receiver.port}/to/{{{{address}}}}"
    courier = AppriseCourier(AppriseConfig(**{"url": url, **options}), SystemClock(), timeout=timeout)
    await courier.open()
    await courier.send(message)
    await courier.close()


async def test_the_address_and_the_templates_go_where_they_stand(receiver: Receiver) -> None:
    await send(receiver, title="{{person}}", text="{{title}} {{url}}")
    (request,) = receiver.requests
    body = msgspec.json.decode(request.body)
    assert request.path == "/to/ann@example.com"
    assert body["title"] == "u-1"
    assert body["message"].split("\n")[0] == f"How was it? {MESSAGE.url}"
    assert body["message"].endswith(f"No more surveys: {MESSAGE.opt_out_url}")


async def test_a_text_with_an_opt_out_of_its_own_stays_as_short_as_it_is(receiver: Receiver) -> None:
    await send(receiver, text="{{url}} {{opt_out_url}}")
    assert msgspec.json.decode(receiver.requests[0].body)["message"] == f"{MESSAGE.url} {MESSAGE.opt_out_url}"


async def test_an_address_can_not_become_another_service_or_another_recipient(receiver: Receiver) -> None:
    address = "ann/../eve?to=eve&method=PUT json://evil"
    await send(receiver, replace(MESSAGE, address=address))
    (request,) = receiver.requests
    assert request.path == f"/to/{address}"


@pytest.mark.parametrize("status", [301, 400, 500])
async def test_a_no_is_tried_again_and_tells_nothing(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: Answer(status, headers=[("location", "/elsewhere")], body=b"not ann@example.com")
    with pytest.raises(TransientError) as failed:
        await send(receiver)
    assert str(failed.value) == "the service did not take the message"
    assert len(receiver.requests) == 1


async def test_a_url_that_apprise_can_not_use_is_refused_for_good(receiver: Receiver) -> None:
    with pytest.raises(PermanentError, match="no such `url`"):
        await send(receiver, url="twilio://{{address}}")


async def test_a_slow_service_is_given_up_in_time(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(delay=2)
    with pytest.raises(TransientError, match=r"no answer within 0\.2 s"):
        await send(receiver, timeout=0.2)


@pytest.mark.parametrize("status", [204, 500])
async def test_nothing_of_a_message_or_a_secret_is_logged(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(1)
    logging.getLogger("apprise").setLevel(1)
    receiver.answer = lambda _: Answer(status)
    try:
        await send(receiver)
    except TransientError:
        assert status == 500
    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn"))
    assert receiver.requests
    for secret in ("hunter2", "ann", MESSAGE.url, MESSAGE.title):
        assert secret not in said
