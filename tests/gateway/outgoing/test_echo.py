"""A destination that repeats what it was told gives none of our secrets away."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.outgoing.echo import hide_own

URL = httpx.URL("https://api.example/send?key=s%2Fcret+key&to=me")
HEADERS = {"authorization": "Bearer tok-en-123", "content-type": "application/json"}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"bad request: /send?key=s%2Fcret+key&to=me", b"bad request: /send?key=***&to=me"),
        (b'{"key": "s/cret key"}', b'{"key": "***"}'),
        (b"s%2Fcret%20key", b"***"),
        (b"Authorization: Bearer tok-en-123", b"Authorization: ***"),
        (b"unknown key tok-en-123", b"unknown key ***"),
        (b"application/json it is", b"application/json it is"),
        (b"\xff me", b"\xff me"),
    ],
)
def test_what_proved_the_request_is_hidden_however_it_is_written(said: bytes, kept: bytes) -> None:
    assert hide_own(said, URL, HEADERS) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"unknown key tok-e", b"unknown key ***"),
        (b"Authorization: Bearer tok-en-12", b"Authorization: ***"),
        (b"unknown key tok-en-123", b"unknown key ***"),
        (b"tok-en-123 is unknown: s/cret k", b"*** is unknown: ***"),
        (b"nothing of it here.", b"nothing of it here."),
        (b"", b""),
    ],
)
def test_what_an_answer_was_cut_in_is_hidden_too(said: bytes, kept: bytes) -> None:
    assert hide_own(said, URL, HEADERS, cut=True) == kept


@given(st.integers(0, 40))
def test_no_cut_leaves_a_part_of_a_secret(at: int) -> None:
    said = b"you said [Bearer tok-en-123] and [s%2Fcret+key]"[:at]
    shown = hide_own(said, URL, HEADERS, cut=True)
    assert not any(part in shown for part in (b"Bea", b"tok", b"s%2F"))
