"""What is worked out of an object once, for all its uses; remembered by the very object, which must not change.

Comparing questionnaires or schemas would take longer than what is saved, and would be wrong: a test for `1` and one for
`true` are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Of = TypeVar("Of")
Ts = TypeVarTuple("Ts")
MOST = 1_024
"""Results remembered at a time, of each function."""


def once(work_out: Callable[[Of, *Ts], T]) -> Callable[[Of, *Ts], T]:
    """Make a function that works the same out once for the same object and equal further arguments."""
    known: dict[tuple[int, tuple[*Ts]], tuple[Of, T]] = {}

    @wraps(work_out)
    def get(of: Of, *more: *Ts) -> T:
        found = known.get((id(of), more))
        if found is None:
            if len(known) >= MOST:
                known.clear()
            # The object is kept with its result, so no other one gets its id.
            found = known[id(of), more] = (of, work_out(of, *more))
        return found[1]

    return get
