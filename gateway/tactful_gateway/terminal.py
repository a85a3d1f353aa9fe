"""Text that others wrote, made fit for a terminal: what would steer it, or hide what stands there, is shown escaped.

What joins or divides letters without being seen (U+200C in Persian, U+200D in emoji) is text, and stays.
"""

from __future__ import annotations

import re

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls of both sets, line separators, changes of direction (Unicode TR 36), and halves of characters."""


def show_hidden(text: str, *, keep: str = "") -> str:
    r"""Escape them as Python does, such as `\x1b`, save those of `keep`."""
    return _HIDDEN.sub(lambda found: found[0] if found[0] in keep else found[0].encode("unicode_escape").decode(), text)


def show_hidden_in_json(document: str) -> str:
    r"""Escape them in a JSON document as JSON does, such as `\u001b`: it says the same as before."""
    return _HIDDEN.sub(lambda found: found[0] if found[0] in "\n\t" else f"\\u{ord(found[0]):04x}", document)
