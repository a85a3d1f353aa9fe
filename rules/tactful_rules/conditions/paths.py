"""Finding a value by its dotted path, whether the caller nested maps or wrote the path as one key."""

from __future__ import annotations

from collections.abc import Mapping


def find(values: Mapping[str, object], path: str) -> object:
    """Give the value at `path`, None when there is none; a key written as the whole path comes first."""
    value = values.get(path)
    if value is not None or "." not in path:
        return value
    found: object = values
    for key in path.split("."):
        if not isinstance(found, (dict, Mapping)):  # a dict first: the abstract class takes ten times as long
            return None
        found = found.get(key)
    return found
