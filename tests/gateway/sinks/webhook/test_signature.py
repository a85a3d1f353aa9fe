"""Signatures against the official vector and the reference verifier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.sinks.webhook.signature import read_secret, sign

VECTOR = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_official_vector_is_reproduced() -> None:
    key = read_secret(VECTOR)
    assert key is not None
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_without_its_padding_is_the_same_key() -> None:
    padded = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    assert read_secret(padded) == read_secret(padded.rstrip("=")) == b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_short", VECTOR.removeprefix("whsec_"), "whsec_" + "é" * 40, "whsec_" + "A" * 200]
)
def test_what_is_no_secret_gives_no_key(text: str) -> None:
    assert read_secret(text) is None


@given(st.text())
def test_reading_a_secret_never_raises(text: str) -> None:
    read_secret("whsec_" + text)
