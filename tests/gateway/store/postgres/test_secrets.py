"""What is secret: passwords in URLs are never shown, and gateways that would sign differently don't start."""

from __future__ import annotations

import re

import pytest

from tactful_gateway.http.credentials.secret import SecretError
from tactful_gateway.settings import GatewaySettings
from tactful_gateway.storage import open_store
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.postgres.store import PostgresStore
from tests.acceptance.test_serve import cli

OURS, THEIRS = "11" * 32, "22" * 32
URLS = [
    "postgresql://me:s3cr3t@127.0.0.1:1/db",
    "postgresql://me@127.0.0.1:1/db?password=s3cr3t",
    "postgresql://me@127.0.0.1:1/db?password=x@s3cr3t",
    "postgresql://me:s3cr3t@127.0.0.1:99999/db",
    "postgresql://me:s3cr3t/1@127.0.0.1/db",
    "postgresql://me:s3cr3t?1@127.0.0.1/db",
    "postgresql://me:1?s3cr3t@127.0.0.1/db",
    "postgresql://me:1@s3cr3t?1@127.0.0.1/db",
    "postgresql://me:s3cr3t#1@127.0.0.1/db",
    "postgresql://me:s3cr3t@[::1/db",
    "postgresql://me:s3cr3t@127.0.0.1:1/db?sslmode=s0me",
    "postgresql://me:s3cr3t@127.0.0.1:1,127.0.0.2:x/db",
]


@pytest.mark.parametrize("url", URLS)
async def test_no_message_and_no_log_line_quotes_a_password(url: str) -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        await PostgresStore.open(url, patience=2)
    assert "s3cr3t" not in str(caught.value)
    assert "s3cr3t" not in GatewaySettings(db=url).shown_db


def test_the_address_is_shown_where_it_is_clear() -> None:
    shown = GatewaySettings(db="postgresql://me:s3cr3t@db.example:5432/survey?sslmode=require").shown_db
    assert shown == "postgresql://me@db.example:5432/survey?sslmode=require"
    assert GatewaySettings(db="postgresql://db.example/survey").shown_db == "postgresql://db.example/survey"
    local = "postgresql:///survey?password=s3cr3t&user=me&sslpassword=s3cr3t&host=/run/postgresql"
    assert GatewaySettings(db=local).shown_db == "postgresql:///survey?user=me&host=/run/postgresql"


def test_a_gateway_whose_url_can_not_be_read_says_how_to_write_it() -> None:
    done = cli("serve", "--port", "0", TACTFUL_DB="postgresql://me:s3cr3t/1@127.0.0.1/db")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "%2F for /" in re.sub(r"\s+", " ", said)
    assert "s3cr3t" not in said
    assert "Traceback" not in said


async def test_a_gateway_with_another_secret_than_the_database_s_does_not_start(url: str) -> None:
    store, secret = await open_store(GatewaySettings(db=url, secret=OURS))
    assert secret == bytes.fromhex(OURS)
    await store.close()
    with pytest.raises(SecretError, match="TACTFUL_SECRET is not the secret"):
        await open_store(GatewaySettings(db=url, secret=THEIRS))
    with pytest.raises(SecretError, match="set TACTFUL_SECRET"):
        await open_store(GatewaySettings(db=url))
    store, secret = await open_store(GatewaySettings(db=url, secret=OURS))
    assert secret == bytes.fromhex(OURS)
    await store.close()


async def test_gateways_without_a_secret_share_the_one_that_the_first_made(url: str) -> None:
    secrets = []
    for given in ("", ""):
        store, secret = await open_store(GatewaySettings(db=url, secret=given))
        secrets.append(secret)
        await store.close()
    assert len(secrets[0]) == 32
    assert secrets[0] == secrets[1]
    with pytest.raises(SecretError, match="TACTFUL_SECRET is not the secret"):
        await open_store(GatewaySettings(db=url, secret=OURS))
