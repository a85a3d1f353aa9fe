"""JSON pointers, with the examples of RFC 6901."""

from __future__ import annotations

import msgspec
import pytest

from tactful_gateway.channels.http.pointer import LONGEST, find_text, is_pointer

RFC = {
    "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, 'k"l': 6, " ": 7, "m~n": 8,
}  # fmt: skip


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/foo/0", "bar"), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"), ("/g|h", "4"), ("/i\\j", "5"),
        ('/k"l', "6"), ("/ ", "7"), ("/m~0n", "8"), ("/foo", None), ("/foo/2", None), ("/foo/01", None),
        ("/foo/-", None), ("/nope", None), ("/foo/0/x", None),
    ],
)  # fmt: skip
def test_a_pointer_leads_to_a_text_or_number_or_nothing(pointer: str, value: str | None) -> None:
    assert is_pointer(pointer)
    assert find_text(pointer, msgspec.json.encode(RFC)) == value


@pytest.mark.parametrize("text", ["", "a", "a/b", "/~", "/a~2", "#/a"])
def test_what_is_no_pointer_is_known(text: str) -> None:
    assert not is_pointer(text)


@pytest.mark.parametrize("document", [b"", b"{", b"\xff", b"[]", b'"x"', b'{"id": true}', b'{"id": 1.5}', b"null"])
def test_an_answer_without_a_name_has_none(document: bytes) -> None:
    assert find_text("/id", document) is None


def test_an_endless_name_is_cut() -> None:
    assert find_text("/id", msgspec.json.encode({"id": "x" * 9_999})) == "x" * LONGEST
