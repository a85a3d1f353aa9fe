"""HTML as a tree, so that text can't become markup: names in traffic and folders are anybody's.

The tree is the standard library's, whose serialiser escapes every text and attribute, save what a style sheet holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

_CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if code not in (9, 10)} | {127: "\ufffd"}

Content: TypeAlias = "Element | str | Iterable[Content] | None"


def tag(name: str, /, *content: Content, **attributes: str | int | float | None) -> Element:
    """Make an element: `class_` is the attribute `class`, `aria_label` is `aria-label`, None leaves one out."""
    element = Element(name)
    for key, value in attributes.items():
        if value is not None:
            element.set(
                key.rstrip("_").replace("_", "-"), _text(f"{value:g}" if isinstance(value, float) else str(value))
            )
    _fill(element, content)
    return element


def write(page: Element) -> bytes:
    """Write a whole page; what UTF-8 can't hold (a lone surrogate) becomes a reference."""
    return b"<!doctype html>\n" + tostring(page, encoding="unicode", method="html").encode("utf-8", "xmlcharrefreplace")


def _fill(element: Element, content: Iterable[Content]) -> None:
    for part in content:
        if isinstance(part, Element):
            element.append(part)
        elif isinstance(part, str):
            _add_text(element, _text(part))
        elif part is not None:
            _fill(element, part)


def _add_text(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _text(text: str) -> str:
    """Show control characters as what they are: nothing to read."""
    return text.translate(_CONTROLS)
