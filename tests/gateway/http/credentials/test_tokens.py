"""Tokens: the same for the same invitation, worthless once a bit is changed, unguessable from what is stored."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.http.credentials.tokens import (
    RANDOM_LABEL,
    TAG_LABEL,
    TOKEN_LENGTH,
    TokenSigner,
    decode_token,
    lookup_of,
)

SECRET = bytes(range(32))
INVITATION = "0193e2a4-7b1c-7d2e-8f30-4a5b6c7d8e9f"
EXPIRES = 1_800_000_000_000
signer = TokenSigner(SECRET)
TOKEN = signer.token(INVITATION, EXPIRES)


def test_a_token_is_made_as_its_docstring_says() -> None:
    random = hmac.new(SECRET, RANDOM_LABEL + INVITATION.encode(), "sha256").digest()[:16]
    tag = hmac.new(SECRET, TAG_LABEL + INVITATION.encode() + b"\0" + str(EXPIRES).encode(), "sha256").digest()[:16]
    assert urlsafe_b64encode(random + tag).rstrip(b"=").decode() == TOKEN
    assert len(TOKEN) == TOKEN_LENGTH


def test_the_same_invitation_gets_the_same_token_again() -> None:
    assert TokenSigner(SECRET).token(INVITATION, EXPIRES) == TOKEN


def test_only_a_hash_of_the_random_part_is_stored() -> None:
    raw = urlsafe_b64decode(TOKEN + "=")
    assert signer.lookup(INVITATION) == sha256(raw[:16]).digest() == lookup_of(raw)


@given(st.integers(0, 255))
def test_a_token_with_one_bit_changed_does_not_verify(bit: int) -> None:
    raw = bytearray(urlsafe_b64decode(TOKEN + "="))
    raw[bit // 8] ^= 1 << bit % 8
    assert not signer.verify(urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode(), INVITATION, EXPIRES)


@given(st.text(max_size=60))
def test_any_text_is_read_without_a_crash_and_never_verifies(text: str) -> None:
    assert not signer.verify(text, INVITATION, EXPIRES)
    assert decode_token(text) is None or len(text) == TOKEN_LENGTH


@pytest.mark.parametrize(
    "spelling", [TOKEN[:-1] + chr(ord(TOKEN[-1]) + 1), TOKEN + "=", " " + TOKEN, TOKEN[:42] + "!", TOKEN[:42] + "é"]
)
def test_only_the_one_canonical_spelling_counts(spelling: str) -> None:
    assert not signer.verify(spelling, INVITATION, EXPIRES)


def test_a_prolonged_or_swapped_row_does_not_fit_its_link() -> None:
    assert signer.verify(TOKEN, INVITATION, EXPIRES)
    assert not signer.verify(TOKEN, INVITATION, EXPIRES + 1)
    assert not signer.verify(TOKEN, INVITATION.replace("9f", "9e"), EXPIRES)


def test_another_gateways_secret_verifies_nothing() -> None:
    assert not TokenSigner(bytes(32)).verify(TOKEN, INVITATION, EXPIRES)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        TokenSigner(b"short")
