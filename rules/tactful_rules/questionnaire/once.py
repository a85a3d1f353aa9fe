"""What is worked out of a questionnaire once, for all the answers to it; remembered by the very object.

Comparing questionnaires would take longer than working it out again, and would be wrong: as objects, a test for `1` and
one for `true` are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, TypeVarTuple

from tactful_rules.model.questionnaire import Questionnaire

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
MOST = 256
"""Results remembered at a time, of each function."""


def once(work_out: Callable[[Questionnaire, *Ts], T]) -> Callable[[Questionnaire, *Ts], T]:
    """Make a function that works the same out once for the same questionnaire and equal further arguments."""
    known: dict[tuple[int, tuple[*Ts]], tuple[Questionnaire, T]] = {}

    @wraps(work_out)
    def get(questionnaire: Questionnaire, *more: *Ts) -> T:
        found = known.get((id(questionnaire), more))
        if found is None:
            if len(known) >= MOST:
                known.clear()
            # With its result a questionnaire is kept, so no other one gets its id.
            found = known[id(questionnaire), more] = (questionnaire, work_out(questionnaire, *more))
        return found[1]

    return get
