"""Signing in to NATS and TLS, against real servers; and what is never said in the clear."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nkeys
import pytest

from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.sink import NOW, deliver_all, delivery
from tactful_gateway.outgoing.errors import TransientError
from tactful_gateway.sinks.registry import build
from tactful_rules.model.folder import SinkConfig
from tests.gateway.sinks.nats.harness import NatsHarness
from tests.servers.certificates import make_certificates
from tests.servers.nats import running_nats

LOGIN = {"user": "tactful", "password": "correct horse"}


@contextmanager
def harness_with(folder: Path, *arguments: str) -> Iterator[NatsHarness]:
    with running_nats(folder / "data", arguments) as server:
        yield NatsHarness(server)


async def fails(harness: NatsHarness, **options: object) -> str:
    sink = harness.sink(**options)
    with pytest.raises(TransientError) as raised:
        await sink.open()
    await sink.close()
    return str(raised.value)


async def test_a_user_signs_in_with_a_password_and_without_it_is_told_so(tmp_path: Path) -> None:
    with harness_with(tmp_path, "--user", LOGIN["user"], "--pass", LOGIN["password"]) as harness:
        await deliver_all(harness.sink(login=LOGIN), [delivery(1)])
        for wrong in ({}, {"login": LOGIN | {"password": "wrong horse"}}, {"token": "wrong horse"}):
            said = await fails(harness, **wrong)
            assert "Authorization Violation" in said
            assert "horse" not in said


async def test_a_token_and_a_key_sign_in(tmp_path: Path) -> None:
    with harness_with(tmp_path, "--auth", "s3cr3t") as harness:
        await deliver_all(harness.sink(token="s3cr3t"), [delivery(1)])
    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    key, config = tmp_path / "user.nk", tmp_path / "nats.conf"
    key.write_bytes(seed)
    public = nkeys.from_seed(bytearray(seed)).public_key.decode()
    config.write_text(json.dumps({"authorization": {"users": [{"nkey": public}]}}))
    with harness_with(tmp_path, "-c", str(config)) as harness:
        await deliver_all(harness.sink(nkey=str(key)), [delivery(1)])
        assert "can't be read" in await fails(harness, nkey=str(tmp_path / "none.nk"))
        for option in ("nkey", "credentials"):
            assert "holds no credentials" in await fails(harness, **{option: str(config)})


async def test_a_user_that_may_not_publish_is_told_so_at_once(tmp_path: Path) -> None:
    config = tmp_path / "nats.conf"
    config.write_text(
        json.dumps({"authorization": {"users": [LOGIN | {"permissions": {"publish": {"deny": "secret.>"}}}]}})
    )
    with harness_with(tmp_path, "-c", str(config)) as harness:
        sink = harness.sink(login=LOGIN, subject="secret.{{type}}")
        await sink.open()
        with pytest.raises(TransientError, match="permissions violation"):
            await sink.deliver([delivery(1)], NOW)
        await sink.close()


@pytest.mark.parametrize("first", [False, True])
async def test_tls_trusts_the_authority_that_is_named_and_no_other(tmp_path: Path, first: bool) -> None:
    pem = make_certificates(tmp_path)
    config = tmp_path / "nats.conf"
    tls = {"cert_file": str(pem.certificate), "key_file": str(pem.key), "handshake_first": first}
    config.write_text(json.dumps({"tls": tls}))
    with harness_with(tmp_path, "-c", str(config)) as harness:
        url = harness.server.url.replace("nats:", "tls:")
        sink = harness.sink(url=url, tls={"ca": str(pem.ca), "first": first})
        await deliver_all(sink, [delivery(1)])
        assert "its certificate is not trusted" in await fails(harness, url=url, tls={"first": first})
        assert "can't be read" in await fails(harness, tls={"ca": str(pem.key)})


@pytest.mark.parametrize("asked", [{"url": "tls"}, {"tls": {}}])
async def test_no_password_is_said_to_a_server_that_leaves_out_tls(asked: dict[str, object]) -> None:
    heard = b""

    async def impostor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        writer.write(b'INFO {"server_id":"x","max_payload":1048576,"headers":true,"auth_required":true}\r\n')
        while chunk := await reader.read(1000):
            heard += chunk
        writer.close()

    async with await asyncio.start_server(impostor, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        options = {"url": f"{asked.pop('url', 'nats')}://127.0.0.1:{port}", **asked}
        for sign_in in ({"login": LOGIN}, {"token": "correct horse"}):
            config = SinkConfig(id="bus", kind="nats", options={"stream": "S", **options, **sign_in})
            sink = build(config, SystemClock())
            with pytest.raises(TransientError, match="secure connection not available"):
                await sink.open()
            await sink.close()
    assert b"horse" not in heard
