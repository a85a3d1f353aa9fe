"""Sets of texts: those that are listed, or those of which each of some facts holds.

Emptiness and inclusion are told only where they are certain: of two patterns nothing is known but whether they are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from tactful_rules.conditions.operators import Verdict, build_check
from tactful_rules.conditions.sets import ranges
from tactful_rules.conditions.sets.ranges import Ranges
from tactful_rules.conditions.values import read_moment, read_version
from tactful_rules.model.condition import Operand, Operator


class Fact(NamedTuple):
    """A test of a text and how it comes out; `is` and its like are written with `in`, opposites by `holds`."""

    op: Operator
    operand: Operand
    holds: bool

    def agrees(self, text: str) -> bool | None:
        """Tell whether a text comes out so; None where no one can tell without running a pattern."""
        return None if self.op == "matches" else _check(self.op, self.operand)(text) is self.holds


Facts: TypeAlias = frozenset[Fact]
_ORDERED: Final = frozenset({"before", "after", "version_at_least"})
"""Operators whose texts lie on a line: of moments, or of versions."""


class Texts(Struct, frozen=True):
    """Texts that are `listed` (any when None) and of which all facts hold."""

    listed: frozenset[str] | None = None
    facts: Facts = frozenset()


@lru_cache(maxsize=4096)
def _check(op: Operator, operand: Operand) -> Callable[[object], Verdict]:
    return build_check(op, operand, None)


@lru_cache(maxsize=4096)
def of_fact(op: Operator, operand: Operand, holds: bool) -> Texts | None:
    """Give the texts of which a test comes out so, None when there are certainly none."""
    return meet(Texts(), Texts(facts=frozenset({Fact(op, operand, holds)})))


def meet(left: Texts, right: Texts) -> Texts | None:
    """Give the texts that are in both, None when there are certainly none."""
    facts = left.facts | right.facts
    if left.listed is None and right.listed is None:
        return None if _contradict(facts) else Texts(None, facts)
    both = left.listed if right.listed is None else right.listed
    if left.listed is not None and right.listed is not None:
        both = left.listed & right.listed
    kept = frozenset(text for text in both or () if all(fact.agrees(text) is not False for fact in facts))
    return Texts(kept, facts) if kept and not _split(facts) else None


def includes(outer: Texts, inner: Texts) -> bool:
    """Tell whether all texts of `inner` are certainly in `outer`."""
    if outer.listed is not None and (inner.listed is None or not inner.listed <= outer.listed):
        return False
    return all(_implies(inner, fact) for fact in outer.facts)


def _split(facts: Facts) -> bool:
    """Tell whether one test would have to come out both ways."""
    return any(fact._replace(holds=False) in facts for fact in facts if fact.holds)


def _operands(facts: Facts, op: Operator, *, holds: bool) -> list[str]:
    return [fact.operand for fact in facts if fact.op == op and fact.holds is holds and isinstance(fact.operand, str)]


def _longest(texts: Iterable[str]) -> str:
    return max(texts, key=len, default="")


@lru_cache(maxsize=4096)
def _edges(facts: Facts) -> tuple[str, str]:
    """Give how every one of these texts begins and ends."""
    return _longest(_operands(facts, "starts_with", holds=True)), _longest(_operands(facts, "ends_with", holds=True))


def _known_parts(facts: Facts) -> list[str]:
    """Give what every one of these texts contains."""
    return [*_edges(facts), *_operands(facts, "contains", holds=True)]


def _contradict(facts: Facts) -> bool:
    begins, ends = _operands(facts, "starts_with", holds=True), _operands(facts, "ends_with", holds=True)
    (begin, end), parts = _edges(facts), _known_parts(facts)
    return (
        _split(facts)
        or not all(begin.startswith(other) for other in begins)
        or not all(end.endswith(other) for other in ends)
        or any(begin.startswith(barred) for barred in _operands(facts, "starts_with", holds=False))
        or any(end.endswith(barred) for barred in _operands(facts, "ends_with", holds=False))
        or any(barred in part for barred in _operands(facts, "contains", holds=False) for part in parts)
        or any(line is not None and not line for line in (_moments(facts), _versions(facts)))
    )


def _implies(texts: Texts, fact: Fact) -> bool:
    """Tell whether a fact certainly holds of each of these texts."""
    if fact in texts.facts:
        return True
    if texts.listed is not None:
        return all(fact.agrees(text) for text in texts.listed)
    if fact.op in _ORDERED:
        inner = (_versions if fact.op == "version_at_least" else _moments)(texts.facts)
        return inner is not None and ranges.includes(line_of(*fact), inner)
    if fact.op == "in":
        return not fact.holds and all(_excludes(texts.facts, item) for item in _texts_of(fact.operand))
    return isinstance(fact.operand, str) and _implies_part(texts.facts, fact.op, fact.operand, holds=fact.holds)


def _excludes(facts: Facts, text: str) -> bool:
    return any(fact.agrees(text) is False for fact in facts)


def _texts_of(operand: Operand) -> list[str]:
    return [item for item in operand if isinstance(item, str)] if isinstance(operand, tuple) else []


def _implies_part(facts: Facts, op: Operator, part: str, *, holds: bool) -> bool:
    (begin, end), barred = _edges(facts), _operands(facts, op, holds=False)
    if op == "starts_with":
        if holds:
            return begin.startswith(part)
        return any(map(part.startswith, barred)) or not (begin.startswith(part) or part.startswith(begin))
    if op == "ends_with":
        if holds:
            return end.endswith(part)
        return any(map(part.endswith, barred)) or not (end.endswith(part) or part.endswith(end))
    if op == "contains":
        return any(part in known for known in _known_parts(facts)) if holds else any(one in part for one in barred)
    return False


@lru_cache(maxsize=4096)
def _moments(facts: Facts) -> Ranges | None:
    """Give when these texts lie on the time line, None if they need not be moments at all."""
    return _line(facts, {"before", "after"})


@lru_cache(maxsize=4096)
def _versions(facts: Facts) -> Ranges | None:
    """Give which versions these texts are, None if they need not be any."""
    return _line(facts, {"version_at_least"})


def _line(facts: Facts, ops: set[Operator]) -> Ranges | None:
    known = [fact for fact in facts if fact.op in ops]
    found = ranges.EVERY
    for fact in known:
        found = ranges.meet(found, line_of(*fact))
    return found if known else None


@lru_cache(maxsize=4096)
def line_of(op: Operator, operand: Operand, holds: bool) -> Ranges:
    """Give the part of the line of moments or of versions on which an ordered test comes out so."""
    limit = read_version(operand) if op == "version_at_least" else read_moment(operand)
    if limit is None:
        return ranges.NONE
    if op == "before":
        found = ranges.below(limit, included=False)
    else:
        found = ranges.above(limit, included=op == "version_at_least")
    return found if holds else ranges.without(found)
