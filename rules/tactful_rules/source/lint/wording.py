"""Says in a sentence which tests exclude each other, as they are written in the file."""

from __future__ import annotations

from collections.abc import Sequence

from tactful_rules.conditions.sets.conflicts import Conflict
from tactful_rules.conditions.ways import Leaf
from tactful_rules.model.condition import Operand

_SHOWN = 40
_CONFLICTS = 3


def describe_conflicts(conflicts: Sequence[Conflict]) -> str:
    """Say why a condition is never true: one conflict for each way in which it could be."""
    if not conflicts:
        return "it excludes what always holds"
    said = [_describe(conflict) for conflict in conflicts[:_CONFLICTS]]
    return "; ".join(said) + ("; …" if len(conflicts) > _CONFLICTS else "")


def hint_at(conflicts: Sequence[Conflict]) -> str:
    """Say what to do about it."""
    if not conflicts:
        return "write a test behind `not`"
    leaves = conflicts[0].leaves
    if len(leaves) == 1:
        return "see which values it can have, and change the test"
    if any(test.op == "exists" and test.value is not holds for test, holds in leaves):
        return "no test is true of what is missing; put the tests into an `any`, or remove one"
    return "change or remove one of them, or put them into an `any`"


def _describe(conflict: Conflict) -> str:
    words = [_word(leaf) for leaf in conflict.leaves]
    if len(words) == 1:
        return f"no `{conflict.attribute}` meets {words[0]}"
    return f"no `{conflict.attribute}` meets {', '.join(words[:-1])} and {words[-1]} at once"


def _word(leaf: Leaf) -> str:
    test, holds = leaf
    return f"{'' if holds else 'not '}`{test.op} {_write(test.value)}`"


def _write(operand: Operand) -> str:
    if isinstance(operand, tuple):
        text = "[" + ", ".join(map(_write, operand)) + "]"
    else:
        text = str(operand).lower() if isinstance(operand, bool) else str(operand)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
