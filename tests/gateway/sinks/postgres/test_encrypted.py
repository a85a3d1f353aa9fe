"""TLS to PostgreSQL, as its URL asks for it; the wheel's server has none, so one stands before it that has."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tactful_gateway.contracts.sink import deliver_all, delivery
from tactful_gateway.outgoing.errors import TransientError
from tests.gateway.sinks.postgres.harness import PostgresHarness
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.postgres import PostgresServer

SSL_REQUEST = bytes.fromhex("00000008 04d2162f")


@asynccontextmanager
async def encrypting(pem: Certificates, port: int) -> AsyncIterator[int]:
    """Take TLS on a port of its own, which is given, and hand on what is inside to the server's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.certificate, pem.key)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            assert await reader.readexactly(8) == SSL_REQUEST
            writer.write(b"S")
            await writer.start_tls(context)
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))
        writer.close()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(65_536):
        writer.write(part)
        await writer.drain()
    writer.close()


async def test_a_server_is_verified_by_the_authority_that_the_url_names(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    harness, pem = PostgresHarness(postgres), make_certificates(tmp_path)
    (tmp_path / "other").mkdir()
    other = make_certificates(tmp_path / "other")
    async with encrypting(pem, postgres.port) as port:
        url = f"postgresql://postgres@127.0.0.1:{port}/{harness.database}?sslmode=verify-full&sslrootcert="
        await deliver_all(harness.sink(url=f"{url}{pem.ca}"), [delivery(1)])
        stranger = harness.sink(url=f"{url}{other.ca}")
        with pytest.raises(TransientError, match="its certificate is not trusted"):
            await stranger.open()
        await stranger.close()
    assert len(await harness.rows()) == 1
