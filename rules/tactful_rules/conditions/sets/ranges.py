"""Sets of ordered values (numbers, moments, versions) as ranges that are sorted and do not touch.

An edge is a key that sorts: a range ends where its edges say, `True` in them meaning that the value itself counts at an
end and does not count at a start.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

Edge: TypeAlias = tuple[Any, ...]
Range: TypeAlias = tuple[Edge, Edge]
Ranges: TypeAlias = tuple[Range, ...]

_BEGIN: Final[Edge] = (0,)
_END: Final[Edge] = (1,)
EVERY: Final[Ranges] = ((_BEGIN, _END),)
NONE: Final[Ranges] = ()


def above(value: Any, *, included: bool) -> Ranges:
    """Give everything above a value."""
    return (((1, value, not included), _END),)


def below(value: Any, *, included: bool) -> Ranges:
    """Give everything below a value."""
    return ((_BEGIN, (0, value, included)),)


def points(values: Iterable[Any]) -> Ranges:
    """Give just these values."""
    return tuple(((1, value, False), (0, value, True)) for value in sorted(set(values)))


def meet(left: Ranges, right: Ranges) -> Ranges:
    """Give what both hold."""
    found: list[Range] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if _holds_something(start, end):
            found.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def without(ranges: Ranges) -> Ranges:
    """Give everything else."""
    found: list[Range] = []
    start = _BEGIN
    for left, right in ranges:
        if left != _BEGIN:
            found.append((start, (0, left[1], left[2])))
        if right == _END:
            break
        start = (1, right[1], right[2])
    else:
        found.append((start, _END))
    return tuple(each for each in found if _holds_something(*each))


def join(several: Iterable[Ranges]) -> Ranges:
    """Give what any of them holds."""
    found: list[Range] = []
    for start, end in sorted(each for ranges in several for each in ranges):
        if found and _touch(found[-1][1], start):
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def includes(outer: Ranges, inner: Ranges) -> bool:
    """Tell whether `outer` holds all that `inner` holds."""
    return meet(outer, inner) == inner


def whole(ranges: Ranges) -> Ranges:
    """Give the same whole numbers in the fewest ranges; infinity is none."""
    found: list[Range] = []
    for start, end in ranges:
        low = _BEGIN if start == _BEGIN or start[1] == -math.inf else _first(start)
        high = _END if end == _END or end[1] == math.inf else _last(end)
        if low is None or high is None or not _holds_something(low, high):
            continue
        if found and found[-1][1] != _END and low != _BEGIN and low[1] == found[-1][1][1] + 1:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return tuple(found)


def listed(ranges: Ranges) -> list[Any] | None:
    """Give the values if there are only single ones, else None."""
    values = [start[1] for start, end in ranges if start != _BEGIN and end != _END and start[1] == end[1]]
    return values if len(values) == len(ranges) else None


def _first(start: Edge) -> Edge | None:
    value = start[1]
    if value == math.inf:
        return None
    low = math.ceil(value)
    return (1, low + (start[2] and low == value), False)


def _last(end: Edge) -> Edge | None:
    value = end[1]
    if value == -math.inf:
        return None
    high = math.floor(value)
    return (0, high - (not end[2] and high == value), True)


def _holds_something(start: Edge, end: Edge) -> bool:
    if start == _BEGIN or end == _END:
        return True
    return bool(start[1] < end[1] or (start[1] == end[1] and not start[2] and end[2]))


def _touch(end: Edge, start: Edge) -> bool:
    """Tell whether nothing lies between an end and a later start."""
    if end == _END or start == _BEGIN:
        return True
    return bool(start[1] < end[1] or (start[1] == end[1] and (end[2] or not start[2])))
