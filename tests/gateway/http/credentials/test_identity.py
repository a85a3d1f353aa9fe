"""Identity tokens: HS256 by a known secret, not run out, and nothing else is believed."""

from __future__ import annotations

import json
import time

import jwt
import pytest

from tactful.identity import key_id
from tactful_gateway.http.credentials.identity import IdentityVerifier

NEW = "new-secret-" + "n" * 32
OLD = "old-secret-" + "o" * 32
verifier = IdentityVerifier([NEW, OLD])


def sign(claims: dict[str, object], secret: str = NEW, algorithm: str = "HS256", kid: str | None = "") -> str:
    headers = {} if kid is None else {"kid": kid or key_id(secret)}
    return jwt.encode(claims, secret, algorithm=algorithm, headers=headers)


def soon() -> int:
    return int(time.time()) + 60


def test_a_good_token_names_the_person() -> None:
    assert verifier.person(sign({"sub": "u-42", "exp": soon()})) == "u-42"


def test_a_token_signed_with_the_old_secret_counts_during_rotation() -> None:
    assert verifier.person(sign({"sub": "u-42", "exp": soon()}, OLD)) == "u-42"


def test_a_token_without_an_expiry_is_worth_nothing() -> None:
    assert verifier.person(sign({"sub": "u-42"})) is None


def test_a_token_that_has_run_out_is_worth_nothing() -> None:
    assert verifier.person(sign({"sub": "u-42", "exp": int(time.time()) - 1})) is None


@pytest.mark.parametrize("subject", ["", 42, None, ["u"]])
def test_a_token_for_nobody_is_worth_nothing(subject: object) -> None:
    raw = jwt.PyJWS().encode(json.dumps({"sub": subject, "exp": soon()}).encode(), NEW, "HS256", {"kid": key_id(NEW)})
    assert verifier.person(raw) is None


def test_no_signature_is_no_proof() -> None:
    claims: dict[str, object] = {"sub": "u-42", "exp": soon()}
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": key_id(NEW)})  # type: ignore[arg-type]  # "none" takes no key
    assert verifier.person(unsigned) is None


def test_only_hs256_counts() -> None:
    long = NEW * 2
    token = jwt.encode({"sub": "u-42", "exp": soon()}, long, algorithm="HS512", headers={"kid": key_id(long)})
    assert IdentityVerifier([long]).person(token) is None


def test_an_unknown_key_id_and_none_at_all_count_alike() -> None:
    assert verifier.person(sign({"sub": "u", "exp": soon()}, kid="elsewhere")) is None
    assert verifier.person(sign({"sub": "u", "exp": soon()}, kid=None)) is None


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é" * 50, "." * 5000, "eyJraWQiOltdfQ.e30.x"])
def test_rubbish_is_worth_nothing(text: str) -> None:
    assert verifier.person(text) is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        IdentityVerifier(["short"])
