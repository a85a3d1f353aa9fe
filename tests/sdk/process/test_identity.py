"""Identity tokens against PyJWT, and what the signer refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful import sign_person
from tactful.identity import key_id

SECRET = "a secret of at least thirty-two bytes"
FAR = 4_000_000_000


@given(st.text(min_size=1, alphabet=st.characters(codec="utf-8")), st.text(min_size=32, max_size=90, alphabet="aé中"))
def test_every_token_verifies_with_an_independent_implementation(person: str, secret: str) -> None:
    token = sign_person(secret, person, FAR)
    assert jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "sub"]}) == {
        "sub": person,
        "exp": FAR,
    }
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "kid": key_id(secret)}


def test_an_expired_token_does_not_verify() -> None:
    token = sign_person(SECRET, "u-1", datetime.now(UTC) - timedelta(seconds=5))
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(token, SECRET, algorithms=["HS256"])


def test_a_changed_token_does_not_verify() -> None:
    head, claims, signature = sign_person(SECRET, "u-1", FAR).split(".")
    other = sign_person(SECRET, "u-2", FAR).split(".")[1]
    assert other != claims
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{other}.{signature}", SECRET, algorithms=["HS256"])


def test_the_key_may_be_named() -> None:
    assert jwt.get_unverified_header(sign_person(SECRET, "u-1", FAR, kid="2026"))["kid"] == "2026"


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (("short", "u-1", FAR), "32 bytes"),
        ((SECRET, "", FAR), "person_id"),
        ((SECRET, "u-1", datetime(2030, 1, 1)), "aware"),  # noqa: DTZ001 - the mistake under test
        ((SECRET, "u-1", float("inf")), "finite"),
    ],
)
def test_a_useless_token_is_not_made(arguments: Any, about: str) -> None:
    with pytest.raises(ValueError, match=about):
        sign_person(*arguments)
