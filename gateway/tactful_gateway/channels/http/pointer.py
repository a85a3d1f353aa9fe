"""JSON pointers (RFC 6901), for finding a provider's name for a message in its answer."""

from __future__ import annotations

import re

import msgspec

LONGEST = 200
"""How much of a provider's name for a message is kept."""
_POINTER = re.compile(r"(/([^~/]|~[01])*)+")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def is_pointer(text: str) -> bool:
    """Tell whether a text is a JSON pointer to something within a document."""
    return _POINTER.fullmatch(text) is not None


def find_text(pointer: str, document: bytes) -> str | None:
    """Give the text or whole number that a pointer leads to; None when there is none, or no JSON."""
    try:
        value = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return str(value)[:LONGEST] if isinstance(value, str | int) and not isinstance(value, bool) else None
