"""Conditions as functions that were generated: for one condition, and for the first that is true of a few.

Conditions of one shape differ only in the values that their code is given, so that ten thousand of them are compiled
some hundred times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar

from tactful_rules.conditions.compile import Lookup
from tactful_rules.conditions.generated.expressions import Writer
from tactful_rules.conditions.generated.tests import READERS
from tactful_rules.conditions.operators import RegexCompiler
from tactful_rules.conditions.possible import Anything
from tactful_rules.model.condition import ALWAYS, Condition
from tactful_rules.model.ids import Instant

_SHAPES: Final = 1024
"""How many shapes are kept compiled, some 2 KB each."""
_WORDS: Final[dict[str, Any]] = {
    "__builtins__": {"type": type, "str": str, "int": int, "float": float, "bool": bool},
    "none": type(None),
    "anything": Anything,
    "never": object(),
    **READERS,
}
"""All that generated code knows beside the values that it is given."""


Match: TypeAlias = Callable[[Lookup], bool]
Answer = TypeVar("Answer")
First: TypeAlias = Callable[[Instant, Lookup], "Answer | None"]
Guard: TypeAlias = Callable[[Instant], bool]
"""Tells whether something is in force at an instant."""


class LazyMatch:
    """Tells whether a condition is true, or with `possible` whether it may be.

    The code is generated when it is first asked for: of ten thousand conditions few ever are. Threads may do that
    twice, with the same result.
    """

    __slots__ = ("_condition", "_match", "_possible", "_regex")

    def __init__(self, condition: Condition, regex: RegexCompiler | None = None, *, possible: bool = False) -> None:
        self._condition = condition
        self._regex = regex
        self._possible = possible
        self._match: Match | None = None

    def __call__(self, lookup: Lookup) -> bool:
        """Tell it with these values."""
        match = self._match
        if match is None:
            match = self._match = generate_match(self._condition, self._regex, possible=self._possible)
        return match(lookup)


def generate_match(condition: Condition, regex: RegexCompiler | None = None, *, possible: bool = False) -> Match:
    """Generate the function of a lookup that tells whether a condition is true; with `possible`, whether it may be.

    Evaluating never raises, whatever the values. Without `regex` no `matches` is true, and any may be.

    Raises:
        Exception: whatever `regex` raises for a pattern it does not understand.
    """
    writer = Writer(regex, possible=possible)
    expression = writer.write(condition, frozenset())
    names = ", ".join(f"c{number}" for number in range(len(writer.values)))
    return compile_shape(f"def make({names}):\n return lambda lookup: {expression.text}\n")(*writer.values)


@lru_cache(_SHAPES)
def compile_shape(source: str) -> Callable[..., Match]:
    """Give what makes matches of one shape, of the values in which they differ."""
    return _run(source, {}, "make")  # type: ignore[no-any-return]  # what the source defines


def generate_first(
    candidates: Iterable[tuple[Condition | None, Guard | None, Answer]],
    regex: RegexCompiler | None = None,
    *,
    possible: bool = False,
) -> First[Answer]:
    """Generate the function of an instant and a lookup that gives the answer of the first candidate that holds.

    A candidate holds when its guard does and its condition is true (may be, with `possible`); None for either always
    holds. What one candidate looked up, later ones do not look up again.

    Raises:
        Exception: whatever `regex` raises for a pattern it does not understand.
    """
    writer, known = Writer(regex, possible=possible), frozenset[str]()
    lines = ["def first(now, lookup):", " pass"]
    for condition, guard, answer in candidates:
        guarded = "" if guard is None else f"{writer.name(guard)}(now) and "
        expression = writer.write(ALWAYS if condition is None else condition, known)
        lines.append(f" if {guarded}{expression.text}: return {writer.name(answer)}")
        known = expression.if_false if guard is None else known  # a guard that fails looks nothing up
    names = {f"c{number}": value for number, value in enumerate(writer.values)}
    return _run("\n".join(lines), names, "first")  # type: ignore[no-any-return]  # what the source defines


def _run(source: str, names: dict[str, object], name: str) -> Any:
    """Run source that was made of templates and numbered names alone; give the function of a name that it defines.

    It is taken out of its own globals: in a circle with them, a ruleset that was replaced would stay until some full
    garbage collection.
    """
    found = {**_WORDS, **names}
    exec(compile(source, "<conditions>", "exec"), found)  # noqa: S102 - nothing of a ruleset stands in it
    return found.pop(name)
