"""What any sent channel must pass: subclass `ChannelContract` in a test module and give it a harness for your provider.

A harness must fail for real (a server that answers 503, one that hangs up): a courier that was never seen failing is
one whose retries were never seen working.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest

from tactful_gateway.channels.base import Courier, Message
from tactful_gateway.outgoing.errors import TransientError

NASTY = 'Café 餐厅 🍜 "quoted" </script> <b>&amp;\r\nBcc: eve@example.com\r\n\r\n.\r\n{{address}} \u2028 عربي e\u0301'
"""A title that tries to be a header, a second mail, markup, JSON and a placeholder."""
BASE = "https://survey.example.com/i"


class ChannelHarness(Protocol):
    """A provider under the test's control."""

    address: str
    """An address that the provider takes."""

    def courier(self) -> Courier:
        """Build another courier to the same provider, not yet open, without templates of its own."""

    async def received(self) -> list[str]:
        """Give all messages that the provider accepted, in order: each as the text a person could read."""

    def broken(self) -> AbstractAsyncContextManager[None]:
        """Make the provider fail within the block, in a way that passes."""


def message(address: str, number: int = 0, *, title: str = "How was it?", locale: str = "en") -> Message:
    """Build the message of an invitation of its own."""
    token = f"{number:043d}"
    return Message(
        id=f"018fcb2a-0000-7000-8000-{number:012d}/0",
        channel="contract",
        invitation=f"018fcb2a-0000-7000-8000-{number:012d}",
        person="u-1",
        address=address,
        title=title,
        url=f"{BASE}/{token}",
        opt_out_url=f"{BASE}/{token}/opt-out",
        params={"order": {"kind": "combo"}},
        locale=locale,
    )


class ChannelContract:
    """The suite. Give `kind` and a fixture `harness`."""

    kind: str

    @pytest.fixture
    def harness(self) -> ChannelHarness:
        """Override: give the provider."""
        raise NotImplementedError

    async def test_a_message_has_its_title_the_link_and_an_opt_out(self, harness: ChannelHarness) -> None:
        """Nobody is written to without a way to answer and a way out."""
        sent = message(harness.address)
        await send_all(harness.courier(), [sent])
        (text,) = await harness.received()
        assert sent.title in text
        assert _words(sent.url, text) >= 1
        assert _words(sent.opt_out_url, text) >= 1

    async def test_messages_that_are_on_their_way_at_once_all_arrive(self, harness: ChannelHarness) -> None:
        """Each once."""
        sent = [message(harness.address, number) for number in range(12)]
        courier = harness.courier()
        await courier.open()
        await asyncio.gather(*(courier.send(one) for one in sent))
        await courier.close()
        texts = await harness.received()
        assert len(texts) == len(sent)
        assert all(sum(_words(one.url, text) >= 1 for text in texts) == 1 for one in sent)

    async def test_what_failed_arrives_when_it_is_sent_again(self, harness: ChannelHarness) -> None:
        """A failure is a `TransientError` that tells nothing of the message; the courier goes on afterwards."""
        courier = harness.courier()
        await courier.open()
        await courier.send(message(harness.address, 1))
        async with harness.broken():
            with pytest.raises(TransientError) as failed:
                await courier.send(message(harness.address, 2))
        assert harness.address not in str(failed.value)
        assert BASE not in str(failed.value)
        await courier.send(message(harness.address, 2))
        await courier.send(message(harness.address, 3))
        await courier.close()
        texts = list(dict.fromkeys(await harness.received()))
        assert [_words(message("", number).url, text) >= 1 for number, text in zip((1, 2, 3), texts, strict=True)] == [
            True,
            True,
            True,
        ]

    async def test_any_title_arrives_as_one_harmless_line_of_text(self, harness: ChannelHarness) -> None:
        """What a title holds is read, not obeyed: there is one message, for one person."""
        await send_all(harness.courier(), [message(harness.address, title=NASTY)])
        (text,) = await harness.received()
        assert "Café 餐厅 🍜" in text
        assert "عربي e\u0301" in text
        assert "{{address}}" in text

    async def test_a_message_without_a_title_is_sent_too(self, harness: ChannelHarness) -> None:
        """In whatever language."""
        for number, locale in enumerate(("en", "zh-CN", "ar", "tlh", "")):
            await send_all(harness.courier(), [message(harness.address, number, title="", locale=locale)])
        assert len(await harness.received()) == 5

    async def test_a_courier_that_was_closed_can_be_opened_again(self, harness: ChannelHarness) -> None:
        """A reload closes and opens."""
        courier = harness.courier()
        await send_all(courier, [message(harness.address, 1)])
        await send_all(courier, [message(harness.address, 2)])
        assert len(await harness.received()) == 2

    async def test_closing_what_was_never_opened_is_harmless(self, harness: ChannelHarness) -> None:
        """Twice is no different."""
        courier = harness.courier()
        await courier.close()
        await courier.close()
        assert await harness.received() == []


async def send_all(courier: Courier, messages: list[Message]) -> None:
    """Open the courier, send everything and close it."""
    await courier.open()
    for one in messages:
        await courier.send(one)
    await courier.close()


def _words(url: str, text: str) -> int:
    """Count how often a URL stands in a text, not counting those that go on behind it."""
    return sum(not part[:1].strip("\"'<>\n\r\t ,") or part[:2] == ". " for part in text.split(url)[1:])
