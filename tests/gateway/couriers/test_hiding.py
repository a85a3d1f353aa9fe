"""What a provider says goes into the journal; whose address it is, and the open link, do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tactful_gateway.channels.base import Message
from tactful_gateway.couriers.messages import hide
from tests.eventually import eventually
from tests.gateway.couriers.stage import NUMBER, Guest, MovedClock, Provider

URL = f"https://survey.example.com/i/{'A' * 43}"


def message(address: str) -> Message:
    return Message(
        id="1/0",
        channel="c",
        invitation="1",
        person="p",
        address=address,
        title="t",
        url=URL,
        opt_out_url=f"{URL}/opt-out",
    )


@pytest.mark.parametrize(
    ("address", "said", "kept"),
    [
        ("ann.smith@example.com", "550 5.1.1 <Ann.Smith@EXAMPLE.com>: unknown", "550 5.1.1 <***>: unknown"),
        ("ann.smith@example.com", "550 5.1.1 ann.smith: user unknown", "550 5.1.1 ***: user unknown"),
        ("ann.smith@example.com", "no hannann.smith, no ann.smith.jr", "no hannann.smith, no ann.smith.jr"),
        ("ann.smith@example.com", "bad ?to=ann.smith%40example.com", "bad ?to=***"),
        ("jürgen@bücher.example", "no <jürgen@xn--bcher-kva.example>", "no <***>"),
        ("jürgen@bücher.example", '{"to":"j\\u00fcrgen@b\\u00fccher.example"}', '{"to":"***"}'),
        ("+86 138-0000-1234", "to 0086 138 00001234", "to 0086 1***"),
        ("device-token", "bad token device-token", "bad token ***"),
        ("", f"{URL}/opt-out and {URL} and {'a' * 43}", "*** and *** and ***"),
        ("@", "nobody @ home", "nobody *** home"),
    ],
)
def test_neither_address_nor_link_is_left_however_it_is_written(address: str, said: str, kept: str) -> None:
    assert hide(said, message(address)) == kept


def test_a_providers_name_for_a_message_that_is_the_address_is_not_kept(
    open_shop: Callable[..., Guest], sms: Provider
) -> None:
    text = '{kind: http, url: "${SMS}", json: {to: "{{address}}"}, allow_private: true, message_id: /to}'
    guest = open_shop("sms", MovedClock("2026-03-02T12:00:00Z"), sms=text)
    sms.answer = lambda _: (200, {}, f'{{"to": "{NUMBER}:7"}}')
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: guest.journal("invitation.sent"))
    (sent,) = guest.journal("invitation.sent")
    assert '"message_id":"***:7"' in sent
    assert NUMBER not in sent
