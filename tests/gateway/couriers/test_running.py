"""Schedulers that come and go: two over one store, a reload, a stop in the middle, a store that is away for a while."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tactful_gateway import embedded
from tactful_gateway.activation import NotReadyError, prepare
from tactful_gateway.app import Gateway
from tactful_gateway.couriers.group import GRACE
from tactful_gateway.ledger.commands import Decide, Decided
from tactful_gateway.settings import GatewaySettings
from tactful_gateway.store.base import Store
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.model.event import Event
from tests.eventually import eventually
from tests.gateway.couriers.stage import ADDRESS, NUMBER, Guest, MailServer, MovedClock, Provider, survey

Shop = Callable[..., Guest]
NOON = "2026-03-02T12:00:00Z"
PERSONS = 60
HANGS = 60.0
"""Seconds: nobody here waits for so long."""


async def _two_gateways(folder: Path, store: Store, clock: MovedClock, environ: dict[str, str], sms: Provider) -> None:
    settings = GatewaySettings(db="memory:", public_url="https://survey.example.com", watch=False)

    def make() -> Gateway:
        return Gateway(
            folder, prepare(folder, environ, clock), settings, store, bytes(32), environ=environ, clock=clock
        )

    first, second = make(), make()
    async with first, second:
        for number in range(PERSONS):
            services = (first, second)[number % 2].services
            invitation, lookup = services.new_invitation()
            event = Event(touchpoint="payment", person=f"u-{number}", event_id="e", reach={"sms": NUMBER})
            sealed = {"sms": services.vault.seal(invitation, "sms", NUMBER)}
            reply = await services.ledger.submit(Decide(event, invitation, lookup, addresses=sealed))
            assert isinstance(reply, Decided)
            assert reply.verdict.reason == "deferred"
        clock.move("2026-03-02T13:00:00Z")
        while len(sms.requests) < PERSONS or any(one.status()[1].sending for one in (first.couriers, second.couriers)):
            await asyncio.sleep(0.05)
        await asyncio.sleep(2)
        shares = [one.couriers.status()[1].sent for one in (first, second)]
    assert sum(shares) == PERSONS
    assert all(shares), "both had some to send"


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_two_gateways_over_one_store_send_each_message_once(
    tmp_path: Path, mail: MailServer, sms: Provider, kind: str
) -> None:
    folder = tmp_path / "survey"
    folder.mkdir()
    rule = "{at: payment, ask: csat, channels: [sms], delay: 30m}"
    (folder / "survey.yaml").write_text(survey("sms", paid=rule))

    sms.delay = 0.1

    async def run() -> None:
        store: Store = MemoryStore() if kind == "memory" else await SqliteStore.open(tmp_path / "tactful.db")
        await _two_gateways(folder, store, MovedClock(NOON), {"MAIL": mail.url, "SMS": sms.url}, sms)

    asyncio.run(run())
    assert sorted(sms.accepted) == sorted(set(sms.accepted))
    assert len(sms.requests) == PERSONS


def test_a_channel_that_is_gone_hands_what_it_had_to_the_next_one(
    open_shop: Shop, mail: MailServer, sms: Provider
) -> None:
    clock = MovedClock("2026-03-02T22:00:00Z")
    guest = open_shop("sms, email", clock)
    guest.at("payment", "e", sms=NUMBER, email=ADDRESS)
    text = survey("email")
    _write(guest, "\n".join(line for line in text.splitlines() if not line.startswith("  sms:")))
    clock.move("2026-03-03T08:00:00Z")
    eventually(lambda: mail.mails)
    assert not sms.requests


def test_a_changed_channel_is_built_again_and_an_unchanged_one_goes_on(
    open_shop: Shop, mail: MailServer, sms: Provider
) -> None:
    clock = MovedClock(NOON)
    guest = open_shop("sms, email", clock)
    sms.delay = 1.0
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: sms.requests)
    other = Guest(guest.gateway, "other")
    text = survey("email, sms").replace('text: "{{url}}"', 'text: "new {{url}}"')
    _write(guest, text)
    eventually(lambda: "invitation.sent" in guest.journal())
    other.at("payment", "e", sms=NUMBER)
    eventually(lambda: len(sms.accepted) == 2)
    assert [body["text"].startswith("new ") for _, body in sms.requests] == [False, True]


def test_a_reload_cuts_nothing_off_that_takes_its_time(open_shop: Shop, sms: Provider) -> None:
    guest = open_shop("sms", MovedClock(NOON))
    sms.delay = GRACE + 1
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: sms.requests)
    _write(guest, survey("sms").replace('text: "{{url}}"', 'text: "new {{url}}"'))
    eventually(lambda: "invitation.sent" in guest.journal())
    assert len(sms.requests) == 1


def test_a_stop_during_a_reload_has_its_grace_and_no_more(open_shop: Shop, sms: Provider) -> None:
    guest = open_shop("sms", MovedClock(NOON))
    sms.delay = HANGS
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: sms.requests)
    _write(guest, survey("sms").replace('text: "{{url}}"', 'text: "new {{url}}"'))
    started = time.monotonic()
    guest.gateway.stop()
    assert time.monotonic() - started < HANGS / 2


def test_a_channel_with_a_mistake_never_goes_live(open_shop: Shop, mail: MailServer) -> None:
    guest = open_shop("email", MovedClock(NOON))
    _write(guest, survey("email").replace("${MAIL}", "${NO_SUCH_NAME}"))
    guest.at("payment", "e", email=ADDRESS)
    eventually(lambda: mail.mails)


def test_a_stop_lets_a_message_that_is_being_sent_arrive(open_shop: Shop, sms: Provider) -> None:
    guest = open_shop("sms", MovedClock(NOON))
    goes_on = threading.Event()
    sms.answer = lambda _: (200 if goes_on.wait(HANGS) else 500, {}, "{}")
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: sms.requests)
    services = guest.gateway.gateway.services
    answering = threading.Timer(1.0, goes_on.set)  # while the gateway stops
    answering.start()
    guest.gateway.stop()
    answering.join()
    assert len(sms.accepted) == 1
    rows = asyncio.run(services.store.journal(0, 100))
    assert rows[-1].type == "tactful.invitation.sent"


def test_a_stop_waits_seconds_and_what_it_cut_off_goes_again_under_the_same_id(
    open_shop: Shop, sms: Provider, tmp_path: Path
) -> None:
    clock, db = MovedClock(NOON), f"sqlite:///{tmp_path}/cut.db"
    guest = open_shop("sms", clock, db=db)
    sms.delay = HANGS
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: sms.requests)
    started = time.monotonic()
    guest.gateway.stop()
    assert time.monotonic() - started < HANGS / 2
    sms.delay = 0.0
    guest = open_shop("sms", clock, db=db)
    time.sleep(1.5)
    assert len(sms.requests) == 1, "it may be on its way still"
    clock.move("2026-03-02T12:01:31Z")
    eventually(lambda: "invitation.sent" in guest.journal())
    assert len(sms.requests) == 2
    assert len({key for key, _ in sms.requests}) == 1


def test_a_store_that_is_away_for_a_while_loses_no_message(open_shop: Shop, sms: Provider, tmp_path: Path) -> None:
    clock, path = MovedClock(NOON), tmp_path / "away.db"
    guest = open_shop("sms", clock, db=f"sqlite:///{path}", paid="{at: payment, ask: csat, channels: [sms], delay: 1h}")
    guest.at("payment", "e", sms=NUMBER)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    clock.move("2026-03-02T13:00:00Z")
    time.sleep(3)
    assert not sms.requests, "nothing is sent that is not written down before"
    blocker.execute("ROLLBACK")
    blocker.close()
    eventually(lambda: len(sms.accepted) == 1)
    eventually(lambda: "invitation.sent" in guest.journal())


def test_messages_without_a_public_address_to_link_to_are_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "survey.yaml").write_text(survey("email"))
    environ = {"MAIL": "smtp://127.0.0.1:25", "SMS": "http://127.0.0.1/"}
    with pytest.raises(NotReadyError, match="email and sms would send links to nowhere: set public_url"):
        embedded.open(tmp_path, db="memory:", environ=environ)


def test_an_embedded_gateway_sends_too(tmp_path: Path, mail: MailServer, sms: Provider) -> None:
    (tmp_path / "survey.yaml").write_text(survey("sms", do_not_disturb="{}"))
    environ = {"MAIL": mail.url, "SMS": sms.url}
    with embedded.open(tmp_path, db="memory:", environ=environ, public_url="https://shop.example/tactful") as sdk:
        decision = sdk.touchpoint("payment", person="guest", reach={"sms": NUMBER})
        assert (decision.ask, decision.reason) == (False, "sending")
        ((_, body),) = eventually(lambda: sms.requests)
    assert body["to"] == NUMBER
    assert body["text"].startswith("https://shop.example/tactful/i/")


def _write(guest: Guest, text: str) -> Any:
    """Change the survey folder and have it read again."""
    (guest.gateway.folder / "survey.yaml").write_text(text)
    guest.gateway.run(guest.gateway.gateway.live.reload())
