"""No webhook reaches a private address, however it is written."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.sink import NOW, delivery
from tactful_gateway.outgoing.address import is_open
from tactful_gateway.outgoing.errors import TransientError
from tactful_gateway.sinks.registry import SinkOptionsError, build, check_options
from tactful_gateway.sinks.webhook.config import WebhookConfig
from tactful_gateway.sinks.webhook.sink import WebhookSink
from tactful_rules.model.folder import SinkConfig
from tests.gateway.sinks.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CLOSED = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.8 192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.3 192.168.1.1 192.175.48.1
198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 233.252.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::808:808
64:ff9b:1::a9fe:a9fe 100::1 2001::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe:: 2002:808:808::
2620:4f:8000::1 3fff::1 4000::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 ff0e::1
"""
OPEN = "1.1.1.1 8.8.8.8 93.184.216.34 100.63.255.255 100.128.0.1 172.32.0.1 ::ffff:8.8.8.8 2606:4700::1111 2a00::1"
WRITTEN = """
127.0.0.1 2130706433 0x7f.1 0x7f000001 017700000001 127.1 0 [::1] [::ffff:127.0.0.1] [::ffff:7f00:1]
[64:ff9b::7f00:1] [64:ff9b::169.254.169.254] [2002:7f00:1::] 169.254.169.254 localhost localhost. sub.localhost
10.1.2.3 192.168.0.1
"""


@pytest.mark.parametrize("address", CLOSED.split())
def test_an_address_that_is_not_public_is_closed(address: str) -> None:
    assert not is_open(address)


@pytest.mark.parametrize("address", OPEN.split())
def test_a_public_address_is_open(address: str) -> None:
    assert is_open(address)


@given(st.integers(0, 2**32 - 1))
def test_a_mapped_address_is_judged_like_the_one_it_maps(number: int) -> None:
    assert is_open(str(IPv6Address(0xFFFF_0000_0000 | number))) == is_open(str(IPv4Address(number)))


@given(st.integers(0, 2**128 - 1))
def test_whatever_is_open_is_global_unicast(number: int) -> None:
    address = IPv6Address(number)
    if is_open(str(address)) and address.ipv4_mapped is None:
        assert number >> 125 == 1
        assert not address.is_multicast
        assert not address.is_private


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "1.2.3.4.5", "::g", "127.0.0.1 "])
def test_what_is_no_address_is_closed(text: str) -> None:
    assert not is_open(text)


@pytest.mark.parametrize("host", WRITTEN.split())
async def test_every_way_to_write_a_private_address_is_refused(host: str, receiver: Receiver) -> None:
    sink = WebhookSink(WebhookConfig(url=f"http://{host}:{receiver.port}/", secret=SECRET))
    await sink.open()
    with pytest.raises(TransientError, match=r"private address|can't be resolved"):
        await sink.deliver([delivery(1)], NOW)
    await sink.close()
    assert receiver.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::1]", "[64:ff9b::1]", "localhost"])
def test_a_private_address_in_the_file_is_a_problem_before_anything_runs(host: str) -> None:
    options = {"url": f"https://{host}/hook", "secret": SECRET}
    assert [problem.code for problem in check_options("webhook", options)] == ["private_address"]
    assert check_options("webhook", {**options, "allow_private": True}) == []
    with pytest.raises(SinkOptionsError, match="allow_private"):
        build(SinkConfig(id="hook", kind="webhook", options=options), SystemClock())
