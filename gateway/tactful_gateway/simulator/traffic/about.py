"""What a row says of the person, the device and the page: columns named as conditions name them (`person.visits`).

Traits have no declared type: a cell of CSV that is a JSON number, `true` or `false` is that, any other is a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tactful_rules.model.event import Device, Page
from tactful_rules.params import read_traits

_FIELDS = {"device": Device.__struct_fields__, "page": Page.__struct_fields__}
ROOTS = ("person", *_FIELDS)


def is_about(name: str) -> bool:
    """Tell whether a column is about the person, the device or the page, rather than a param."""
    root, _, rest = name.partition(".")
    return bool(rest) and (root == "person" or rest in _FIELDS.get(root, ()))


def read_about(cells: Mapping[str, Any], *, typed: bool) -> tuple[dict[str, Any], Device, Page]:
    """Give traits, device and page; of the last two only texts count.

    In JSON Lines (`typed`) `person`, `device` and `page` may be objects, too.
    """
    said: dict[str, dict[str, Any]] = {
        root: dict(cells[root]) if isinstance(cells.get(root), dict) else {} for root in ROOTS
    }
    for name, cell in cells.items():
        if is_about(name):
            root, _, rest = name.partition(".")
            said[root][rest] = cell if typed or root != "person" else _read_trait(cell)
    texts = {
        root: {name: said[root][name] for name in names if isinstance(said[root].get(name), str)}
        for root, names in _FIELDS.items()
    }
    return read_traits(said["person"]), Device(**texts["device"]), Page(**texts["page"])


def _read_trait(text: str) -> object:
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return value if isinstance(value, (bool, int, float)) else text
