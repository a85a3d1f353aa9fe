"""Which names in `reach` are no channel's, and which of them may be repeated."""

from __future__ import annotations

import pytest

from tactful_rules.reach import MOST, strange_channels

CHANNELS = {"web", "email", "sms2"}


@pytest.mark.parametrize("reach", [None, {}, {"web": True}, {"web": True, "email": "a@b.example", "sms2": ""}])
def test_channels_alone_are_not_strange(reach: dict[str, bool | str] | None) -> None:
    assert strange_channels(reach, CHANNELS) == ()


@pytest.mark.parametrize("name", ["wep", "Email", "web-app", "sms3", "e_mail"])
def test_a_name_as_channels_have_it_is_given(name: str) -> None:
    assert strange_channels({"web": True, name: True}, CHANNELS) == (name,)


@pytest.mark.parametrize(
    "name",
    [
        *("ann@example.com", "13800138000", "+8613800138000", "oGZUI0egBJY1zhBYw2KhdUfwVvJc", "u1234567"),
        *("x" * 40, "", "a b", "é", "a\n"),
    ],
)
def test_what_may_be_an_address_is_not(name: str) -> None:
    assert strange_channels({name: True}, CHANNELS) == ("",)


def test_a_call_with_names_without_end_is_not_looked_through() -> None:
    names = [f"n{chr(97 + number)}" for number in range(26)]
    assert strange_channels(dict.fromkeys(names, True), CHANNELS) == tuple(names[:MOST])
