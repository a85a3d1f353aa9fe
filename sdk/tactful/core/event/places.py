"""Finds which argument of a call makes no event: the encoder says what is wrong, and not where.

Only a call that failed comes here, so looking may take a while; paths name keys and places and never a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

DEEPEST = 20
"""What lies deeper, or contains itself, is named by what it lies in."""

MOST = 1_000
"""Parts of one thing that are looked at, so that a call with a million things in it fails as soon as another one."""

LONGEST = 64
"""Characters of a key that is named; what is longer is no name but something somebody wrote."""


class _Part(NamedTuple):
    step: str
    value: object
    alone: Callable[[object], object]
    """Gives what it lies in with itself as its only part."""


def find_place(arguments: Mapping[str, object], fits: Callable[[Mapping[str, Any]], bool]) -> str:
    """Give the path of the innermost part that does not fit by itself, such as `params.order.lines[0]`; "" for none.

    `fits` judges some of a call's arguments by name.
    """
    for name, value in arguments.items():
        if not fits({name: value}):
            return _descend(name, value, lambda part, name=name: fits({name: part}))  # type: ignore[misc]
    return ""


def _descend(path: str, value: object, fits: Callable[[Any], bool], depth: int = 0) -> str:
    empty: object = {} if isinstance(value, Mapping) else []
    for step, part, alone in islice(_parts(value), MOST) if depth < DEEPEST and fits(empty) else ():
        if not fits(alone(part)):
            return _descend(path + step, part, lambda it, alone=alone: fits(alone(it)), depth + 1)  # type: ignore[misc]
    return path


def _parts(value: object) -> Iterator[_Part]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if isinstance(key, str):
                step = f".{key}" if key.isprintable() and len(key) <= LONGEST else ".*"
                yield _Part(step, part, lambda it, key=key: {key: it})  # type: ignore[misc]
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield _Part(f"[{place}]", part, lambda it: [it])
