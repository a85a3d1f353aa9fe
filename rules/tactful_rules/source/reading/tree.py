"""YAML values that know where they stand; an alias makes the same value stand at several places."""

from __future__ import annotations

import json
from collections.abc import Sequence as AnySequence
from typing import TypeAlias

from msgspec import Struct

from tactful_rules.model.folder import Position


class Scalar(Struct, frozen=True, eq=False):
    """One word or number: `text` as written, `value` by the rules of YAML 1.2. A `private` one is not quoted."""

    at: Position
    text: str
    value: bool | int | float | str | None
    private: bool = False


class Sequence(Struct, frozen=True, eq=False):
    """A list."""

    at: Position
    items: tuple[Node, ...]


class Mapping(Struct, frozen=True, eq=False):
    """A map in file order; keys may repeat only where that was reported already."""

    at: Position
    entries: tuple[tuple[Scalar, Node], ...]

    def get(self, key: str) -> Node | None:
        """Give the value under `key`, or None."""
        return next((node for name, node in self.entries if name.text == key), None)


Node: TypeAlias = Scalar | Sequence | Mapping
Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"


def to_plain(node: Node) -> Plain:
    """Give a node as ordinary Python values; the keys of maps become strings."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [to_plain(item) for item in node.items]
    return {key.text: to_plain(value) for key, value in node.entries}


def to_plain_dict(node: Mapping) -> dict[str, Plain]:
    """Give a map as a dict of ordinary Python values."""
    return {key.text: to_plain(value) for key, value in node.entries}


def locate(node: Node, path: AnySequence[str | int]) -> Position | None:
    """Give the place of what stands at `path` (keys and indexes), or of the nearest thing around it that is there."""
    at: Position | None = None
    for part in path:
        below = _step(node, str(part))
        if below is None:
            return at
        at, node = below
    return at


def _step(node: Node, part: str) -> tuple[Position, Node] | None:
    if isinstance(node, Mapping):
        return next(((key.at, value) for key, value in node.entries if key.text == part), None)
    if isinstance(node, Sequence) and part.isdecimal() and int(part) < len(node.items):
        return node.items[int(part)].at, node.items[int(part)]
    return None


def words_of(node: Node) -> str:
    """Give all words written in a node, its keys included."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return " ".join(words_of(item) for item in node.items)
    return " ".join(f"{key.text} {words_of(value)}" for key, value in node.entries)


def quote(key: Scalar) -> str:
    """Name a key in a message; one that may be a password in the wrong place is not named."""
    return "this" if key.private else f"`{key.text}`"


def is_null(node: Node) -> bool:
    """Tell whether nothing is written there."""
    return isinstance(node, Scalar) and node.value is None


def describe(node: Node) -> str:
    """Say what a node is, for messages: `a list`, `the number 5`, `nothing`; what it says only if it is not private."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a map"
    if node.value is None:
        return "nothing"
    shown = node.text if len(node.text) <= 40 else node.text[:39] + "…"
    if isinstance(node.value, bool):
        return f"`{shown}`"
    if node.private:
        return "a text" if isinstance(node.value, str) else "a number"
    if isinstance(node.value, str):
        return f"the text {json.dumps(shown, ensure_ascii=False)}"
    return f"the number {shown}"
