"""Reads words, numbers and lists; each gives None where it reported a problem, so that a caller just goes on."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TypeVar, cast

from tactful_rules.model.folder import Position
from tactful_rules.model.ids import is_id
from tactful_rules.model.touchpoint import Text
from tactful_rules.source.reading.report import Report, suggest
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, Sequence, describe

_Word = TypeVar("_Word", bound=str)
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")
_NUMBER = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,6})?) ?%?")
"""A number that somebody put in quotes or wrote as a percentage."""
ID_HINT = "an id is made of a-z, 0-9, `-` and `_`, begins with a letter or digit and has at most 64 characters"


def read_string(report: Report, node: Node | None, what: str) -> str | None:
    """Read a text that is not empty."""
    if node is None:
        return None
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        hint = "put it in quotes" if isinstance(node, Scalar) and node.value is not None else ""
        report.error(node.at, "wrong_type", f"{what} must be a text, not {describe(node)}", hint)
        return None
    if not node.value.strip():
        report.error(node.at, "empty_value", f"{what} is empty")
        return None
    return node.value


def read_flag(report: Report, node: Node | None, what: str) -> bool | None:
    """Read `true` or `false`."""
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    report.error(node.at, "wrong_type", f"{what} must be `true` or `false`, not {describe(node)}")
    return None


def read_number(report: Report, node: Node | None, what: str) -> float | None:
    """Read a number; true and false are none."""
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    found = _NUMBER.fullmatch(node.text) if isinstance(node, Scalar) and not node.private else None
    hint = f"write `{found[1]}`" if found else ""
    report.error(node.at, "wrong_type", f"{what} must be a number, not {describe(node)}", hint)
    return None


def read_count(report: Report, node: Node | None, what: str, least: int = 1) -> int | None:
    """Read a whole number from `least` up."""
    if node is None:
        return None
    number = read_number(report, node, what)
    if number is None:
        return None
    if isinstance(number, int) and number >= least:
        return number
    report.error(node.at, "out_of_range", f"{what} must be a whole number from {least} up, not {describe(node)}")
    return None


def read_share(report: Report, node: Node | None, what: str) -> float | None:
    """Read `25%` or a number from 0 to 1 as a share."""
    if node is None:
        return None
    value = node.value if isinstance(node, Scalar) else None
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    share = float(found[1]) / 100 if found else value
    if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1:
        return float(share)
    hint = "write it as `25%`"
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 < value <= 100:
        hint = f"did you mean `{value:g}%`?"
    report.error(node.at, "bad_percentage", f"{what} must be from 0% to 100%, not {describe(node)}", hint)
    return None


def read_word(report: Report, node: Node | None, what: str, words: Collection[_Word]) -> _Word | None:
    """Read one of a closed list of words."""
    if node is None:
        return None
    text = node.text if isinstance(node, Scalar) and node.value is not None else None
    if text in words:
        return cast("_Word", text)
    report.error(node.at, "unknown_word", f"{what} can't be {describe(node)}", suggest(text or "", words))
    return None


def read_words(report: Report, node: Node | None, what: str, words: Collection[_Word]) -> tuple[_Word, ...]:
    """Read one or several of a closed list of words; what is wrong among them is left out."""
    read = [read_word(report, item, what, words) for item in read_list(report, node, what)]
    return tuple(word for word in read if word is not None)


def read_id(report: Report, node: Node | None, what: str) -> str | None:
    """Read an id; a number counts by how it is written."""
    if node is None:
        return None
    if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, bool | float):
        hint = "put it in quotes" if isinstance(node, Scalar) and node.value is not None else ""
        report.error(node.at, "wrong_type", f"{what} must be an id, not {describe(node)}", hint)
        return None
    return check_id(report, node, what)


def check_id(report: Report, node: Scalar, what: str) -> str | None:
    """Give the text back if it may be an id, else report it with an id that is near."""
    text = node.text
    if is_id(text):
        return text
    if node.private:
        report.error(node.at, "bad_id", f"this can't name {what}", ID_HINT)
        return None
    near = near_id(text)
    hint = f"did you mean `{near}`? {ID_HINT}" if near else ID_HINT
    shown = text if len(text) <= 70 else text[:69] + "…"
    report.error(node.at, "bad_id", f"`{shown}` can't name {what}", hint)
    return None


def near_id(text: str) -> str | None:
    """Give the id that a text comes near to, or None."""
    near = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:64]
    return near if is_id(near) else None


def read_list(report: Report, node: Node | None, what: str) -> tuple[Node, ...]:
    """Read one thing or a list of them; an empty list and a map are reported."""
    if node is None:
        return ()
    if isinstance(node, Scalar):
        return (node,)
    if isinstance(node, Mapping):
        report.error(node.at, "wrong_type", f"{what} must be a list, not a map")
        return ()
    if not node.items:
        report.error(node.at, "empty_value", f"{what} is an empty list", "write an entry, or remove the key")
    return node.items


def read_items(report: Report, node: Node | None, what: str) -> tuple[Node, ...]:
    """Read a list of maps; a single map is not taken for a list of one."""
    if node is None:
        return ()
    if isinstance(node, Sequence):
        return read_list(report, node, what)
    report.error(node.at, "wrong_type", f"{what} must be a list, not {describe(node)}", "begin each entry with `- `")
    return ()


def read_text(report: Report, node: Node | None, what: str) -> Text:
    """Read a text for people: a string, or a map from locale to string."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        text = read_string(report, node, what)
        return {} if text is None else {"": text}
    texts: Text = {}
    for key, value in node.entries:
        text = read_string(report, value, f"{what} in `{key.text}`")
        if check_locale(report, key.text, key.at) and text is not None:
            texts[key.text] = text
    if not node.entries:
        report.error(node.at, "empty_value", f"{what} has no text in any language")
    return texts


def check_locale(report: Report, text: str, at: Position) -> bool:
    """Tell whether `text` names a language (BCP 47: language, script, region, variants), else report it."""
    if _LOCALE.fullmatch(text):
        return True
    near = text.replace("_", "-")
    hint = f"did you mean `{near}`?" if _LOCALE.fullmatch(near) else "write it like `en`, `zh-CN` or `pt-BR`"
    report.error(at, "bad_locale", f"`{text}` is no locale", hint)
    return False
