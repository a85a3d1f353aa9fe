"""What a row says of the person, the device and the page: columns named as conditions name them (`person.visits`).

Traits have no declared type: a cell of CSV that is a JSON number, `true` or `false` is that, any other is a text.
"""

from __future__ import annotations

import msgspec

from tactful_rules.model.event import Device, Page

FIELDS = {"device": Device.__struct_fields__, "page": Page.__struct_fields__}
ROOTS = ("person", *FIELDS)


def is_about(name: str) -> bool:
    """Tell whether a column is about the person, the device or the page, rather than a param."""
    root, _, rest = name.partition(".")
    return bool(rest) and (root == "person" or rest in FIELDS.get(root, ()))


def read_trait(text: str) -> object:
    """Read a cell of CSV as a trait."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return value if isinstance(value, (bool, int, float)) else text
