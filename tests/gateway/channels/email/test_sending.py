"""Sending through a real SMTP server: encrypted, logged in, refused, slow, hung up on, and with few connections."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from msgspec.structs import replace

from tactful_gateway.channels.base import Courier
from tactful_gateway.channels.email.config import EmailConfig, read_server
from tactful_gateway.channels.email.connections import may_log_in
from tactful_gateway.channels.email.courier import AT_ONCE, EmailCourier
from tactful_gateway.channels.registry import build
from tactful_gateway.clock import SystemClock
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_rules.model.folder import ChannelConfig
from tests.gateway.channels.mailserver import MailServer, running_mail_server
from tests.gateway.channels.samples import MESSAGE
from tests.stopwatch import Stopwatch

USER = "shop%40example.com:p%40ss%2Fw%3Ard@"


def courier(server: MailServer, scheme: str = "smtp", user: str = "", host: str = "127.0.0.1") -> Courier:
    options = {"url": f"{scheme}://{user}{host}:{server.port}", "from": "Shop <shop@example.com>"}
    return build(ChannelConfig("mail", "email", options), SystemClock())


async def test_a_receipt_is_the_message_id_and_the_envelope_names_one_recipient(mail_server: MailServer) -> None:
    receipt = await courier(mail_server).send(MESSAGE)
    (mail,) = mail_server.mails
    assert receipt.message_id == mail.message["message-id"] == "<018fcb2a-0000-7000-8000-000000000000.0@example.com>"
    assert (mail.sender, mail.recipients) == ("shop@example.com", ["ann@example.com"])


async def test_starttls_is_used_where_it_is_offered_and_the_login_comes_after(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with running_mail_server(certificate, login=True) as server:
        sender = courier(server, user=USER)
        await sender.send(MESSAGE)
        await sender.close()
    assert [(mail.encrypted, mail.user) for mail in server.mails] == [(True, "shop@example.com")]


async def test_smtps_is_encrypted_from_the_first_byte_on(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with running_mail_server(certificate, tls=True, login=True) as server:
        sender = courier(server, "smtps", USER, "localhost")
        await sender.send(MESSAGE)
        await sender.close()
    assert len(server.mails) == 1


@pytest.mark.parametrize("tls", [True, False])
async def test_an_unknown_certificate_is_refused_before_anything_is_said(certificate: Path, tls: bool) -> None:
    async with running_mail_server(certificate, tls=tls) as server:
        with pytest.raises(TransientError, match="certificate"):
            await courier(server, "smtps" if tls else "smtp").send(MESSAGE)
    assert server.mails == []


async def test_a_password_is_sent_in_the_open_to_this_machine_alone() -> None:
    async with running_mail_server(login=True) as server:
        await courier(server, user=USER).send(MESSAGE)
    assert [(mail.encrypted, mail.user) for mail in server.mails] == [(False, "shop@example.com")]
    assert may_log_in(encrypted=False, peer="::1")
    assert may_log_in(encrypted=True, peer="192.0.2.1")
    assert not may_log_in(encrypted=False, peer="192.0.2.1")
    assert not may_log_in(encrypted=False, peer="fe80::1%eth0")


async def test_a_server_that_takes_no_password_is_told_apart_from_a_refusal(mail_server: MailServer) -> None:
    with pytest.raises(TransientError, match="no user and password"):
        await courier(mail_server, user=USER).send(MESSAGE)


async def test_a_wrong_password_is_tried_again_since_it_says_nothing_of_the_recipient() -> None:
    async with running_mail_server(login=True) as server:
        with pytest.raises(TransientError, match=r"user or the password of `url`: SMTP 535 5\.7\.8") as failed:
            await courier(server, user="shop%40example.com:hunter2@").send(MESSAGE)
    assert "hunter2" not in str(failed.value)


@pytest.mark.parametrize("command", ["rcpt_says", "data_says"])
async def test_a_5xx_for_the_recipient_or_the_mail_is_final_and_a_4xx_is_not(
    mail_server: MailServer, command: str
) -> None:
    sender = courier(mail_server)
    setattr(mail_server, command, "550 5.1.1 no such user ann@example.com")
    with pytest.raises(PermanentError, match=r"SMTP 550 5\.1\.1$") as refused:
        await sender.send(MESSAGE)
    assert refused.value.answer == "5.1.1 no such user ann@example.com"
    setattr(mail_server, command, "451 4.7.1 greylisted, ann@example.com")
    with pytest.raises(TransientError, match=r"SMTP 451 4\.7\.1$"):
        await sender.send(MESSAGE)
    setattr(mail_server, command, "")
    await sender.send(MESSAGE)
    assert len(mail_server.mails) == 1


async def test_a_refused_sender_is_our_mistake_and_tried_again(mail_server: MailServer) -> None:
    mail_server.mail_says = "553 5.7.1 not your address"
    with pytest.raises(TransientError, match=r"`from`: SMTP 553 5\.7\.1"):
        await courier(mail_server).send(MESSAGE)


async def test_a_server_that_hangs_up_after_the_mail_or_is_not_there_is_tried_again(mail_server: MailServer) -> None:
    sender = courier(mail_server)
    mail_server.hang_up = True
    with pytest.raises(TransientError, match="connection broke"):
        await sender.send(MESSAGE)
    mail_server.hang_up = False
    await sender.send(MESSAGE)
    mail_server.port = 1
    with pytest.raises(TransientError, match="can't be connected to"):
        await courier(mail_server).send(MESSAGE)


async def test_a_server_that_says_nothing_is_waited_for_no_longer_than_the_timeout(
    mail_server: MailServer,
) -> None:
    mail_server.silent = 5
    config = EmailConfig(url=f"smtp://127.0.0.1:{mail_server.port}", from_="shop@example.com")
    sender = EmailCourier(config, SystemClock(), reply_timeout=0.3)
    with Stopwatch() as took, pytest.raises(TransientError, match="in time"):
        await sender.send(MESSAGE)
    assert took.seconds < 3
    mail_server.silent = 0
    await sender.send(MESSAGE)
    await sender.close()


async def test_mails_one_after_the_other_share_a_connection_and_many_at_once_a_few(mail_server: MailServer) -> None:
    sender = courier(mail_server)
    for _ in range(5):
        await sender.send(MESSAGE)
    assert mail_server.connections == 1
    await asyncio.gather(*(sender.send(MESSAGE) for _ in range(20)))
    assert mail_server.connections <= AT_ONCE
    assert len(mail_server.mails) == 25
    await sender.close()


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced_unseen(mail_server: MailServer) -> None:
    sender = courier(mail_server)
    await sender.send(MESSAGE)
    mail_server.forget_connections()
    await sender.send(MESSAGE)
    assert (len(mail_server.mails), mail_server.connections) == (2, 2)
    await sender.close()


async def test_a_mail_that_is_on_its_way_when_the_courier_closes_still_arrives_and_leaves_nothing_open(
    mail_server: MailServer,
) -> None:
    sender = courier(mail_server)
    await sender.open()
    mail_server.silent = 0.3
    on_its_way = asyncio.create_task(sender.send(MESSAGE))
    await asyncio.sleep(0.1)
    await sender.close()
    await on_its_way
    assert len(mail_server.mails) == 1
    await asyncio.sleep(0.05)
    assert all(transport.is_closing() for transport in mail_server.open)


async def test_an_address_that_is_none_or_several_is_refused_without_asking_the_server(mail_server: MailServer) -> None:
    for address in ("", "ann", "ann@example.com, eve@example.com", "ann@example.com\r\nRCPT TO:<eve@example.com>"):
        with pytest.raises(PermanentError, match="not one mail address"):
            await courier(mail_server).send(replace(MESSAGE, address=address))
    assert mail_server.connections == 0


async def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    message = replace(MESSAGE, address="用户@example.com")
    async with running_mail_server() as server:
        await courier(server).send(message)
        assert server.mails[0].recipients == ["用户@example.com"]
    async with running_mail_server(enable_SMTPUTF8=False) as server:
        with pytest.raises(PermanentError, match="no address with such letters"):
            await courier(server).send(message)


async def test_nothing_of_a_mail_is_logged(mail_server: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await courier(mail_server).send(MESSAGE)
    ours = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail.log"))
    assert "ann@" not in ours
    assert MESSAGE.url not in ours


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail", 25, False),
        ("smtp://u:p@mail", 587, False),
        ("smtps://mail", 465, True),
        ("smtps://u:p@mail:2465", 2465, True),
    ],
)
def test_the_port_is_the_usual_one_unless_it_is_named(url: str, port: int, tls: bool) -> None:
    server = read_server(url)
    assert (server.host, server.port, server.tls) == ("mail", port, tls)
