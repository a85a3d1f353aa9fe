"""One address or none: nothing that a header or a server could take for two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.channels.email.mailbox import read_mailbox, read_sender


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ann@example.com", "ann@example.com"),
        (" ann@example.com ", "ann@example.com"),
        ("ann+tag.x@mail.example.co.uk", "ann+tag.x@mail.example.co.uk"),
        ("ann@localhost", "ann@localhost"),
        ("ann@exämple.com", "ann@xn--exmple-cua.com"),
        ("ann@straße.de", "ann@xn--strae-oqa.de"),
        ("用户@example.com", "用户@example.com"),
    ],
)
def test_an_address_is_read(text: str, read: str) -> None:
    assert str(read_mailbox(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "", "ann", "@example.com", "ann@", "a@b@example.com", "ann@example.com, eve@example.com", "<ann@example.com>",
        "Ann <ann@example.com>", "ann@example.com\r\nBcc: eve@example.com", "ann@example.com\n", "ann\0@example.com",
        '"ann"@example.com', "ann(x)@example.com", ".ann@example.com", "ann..b@example.com", "ann@example..com",
        "ann@-x.com", "ann@[127.0.0.1]", "a b@example.com", "x" * 65 + "@example.com", "ann@" + "x." * 130 + "com",
        "ann@example.com>", "ann@exam ple.com", "\ud800@example.com",
    ],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert read_mailbox(text) is None


@given(st.text() | st.from_regex(r"[^@]{0,8}@[^@]{0,12}"))
def test_whatever_is_read_has_one_at_and_nothing_that_separates(text: str) -> None:
    mailbox = read_mailbox(text)
    if mailbox is not None:
        assert str(mailbox).count("@") == 1
        assert not set(str(mailbox)) & set(' \t\r\n\0,;:<>()[]"\\')
        assert mailbox.domain.isascii()


def test_a_sender_may_have_a_name() -> None:
    assert str(read_sender("shop@example.com")) == "shop@example.com"
    assert str(read_sender("The shop, Ltd. <shop@example.com>")) == '"The shop, Ltd." <shop@example.com>'
    assert str(read_sender('"The shop" <shop@example.com>')) == "The shop <shop@example.com>"
    for wrong in ("a@x.com, b@x.com", "A <a@x.com>, B <b@x.com>", "A <a@x.com> b", "A\r\n<a@x.com>", "用户@x.com"):
        assert read_sender(wrong) is None
