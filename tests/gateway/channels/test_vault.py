"""Sealed addresses: unreadable, bound to their invitation and channel, the same at each sealing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.channels.vault import Vault, VaultError
from tests.gateway.channels.samples import MESSAGE

SECRET = bytes(range(32))
VAULT = Vault(SECRET)


@given(st.text(min_size=1), st.text(), st.text())
def test_what_is_sealed_opens_again_and_is_sealed_the_same_each_time(address: str, one: str, other: str) -> None:
    try:
        sealed = VAULT.seal(one, other, address)
    except UnicodeEncodeError:  # half a character: no such text comes through JSON
        return
    assert sealed == Vault(SECRET).seal(one, other, address)
    assert Vault(SECRET).open(one, other, sealed) == address


def test_a_sealed_address_shows_nothing_of_itself() -> None:
    sealed = VAULT.seal("i-1", "email", "ann@example.com")
    assert b"ann" not in sealed
    assert b"example" not in sealed


@pytest.mark.parametrize(
    ("vault", "invitation", "channel"),
    [(VAULT, "i-2", "email"), (VAULT, "i-1", "sms"), (VAULT, "i-1e", "mail"), (Vault(SECRET[::-1]), "i-1", "email")],
)
def test_it_opens_for_its_own_invitation_channel_and_secret_alone(vault: Vault, invitation: str, channel: str) -> None:
    sealed = VAULT.seal("i-1", "email", "ann@example.com")
    with pytest.raises(VaultError):
        vault.open(invitation, channel, sealed)


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:5], lambda _: b"", lambda b: b + b"x"])
def test_a_damaged_one_does_not_open(damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(VaultError):
        VAULT.open("i-1", "email", damage(VAULT.seal("i-1", "email", "ann@example.com")))


def test_a_message_that_is_printed_tells_no_address_no_link_and_no_text() -> None:
    assert repr(MESSAGE) == f"<Message {MESSAGE.id} over email>"
    assert str([MESSAGE]) == f"[<Message {MESSAGE.id} over email>]"
