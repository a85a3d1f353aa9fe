"""What a tool is to this benchmark: given the rules in its own format, it says which questionnaire an event is asked.

What is done once for many events belongs into `load`. `context` gives an event's values as a plain map with the names
and types that the tool wants, untimed, in its favour; only `ask` is timed, which begins with that map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

from msgspec import Struct

from tests.benchmarks.many_rules import PlainRule, Value

Rules = tuple[PlainRule, ...]
Ask = Callable[[Any], str | None]
FLAG = "survey"
"""The one feature flag whose targeting rules the rules become."""


class Peer(Struct, frozen=True):
    """A tool: its name on the package index, what kind it is, and how it is used."""

    package: str
    kind: Literal["flags", "engine"]
    load: Callable[[Rules], AbstractContextManager[Ask]]
    context: Callable[[Mapping[str, Value]], Any]


def flat(attribute: str) -> str:
    """Give an attribute's name without a dot, which most tools read as a path."""
    return attribute.replace(".", "_")


def version_number(text: str) -> int:
    """Give a version as one number, for tools that know no versions; made beforehand, in their favour."""
    major, minor, patch = (int(part) for part in text.split("."))
    return (major * 1000 + minor) * 1000 + patch


def first_of(compiled: list[tuple[Callable[[Any], object], str]]) -> Ask:
    """Give what tries compiled expressions in order: for engines that know no list of rules."""

    def ask(context: Any) -> str | None:
        for holds, questionnaire in compiled:
            if holds(context):
                return questionnaire
        return None

    return ask


def plainly(build: Callable[[Rules], Ask]) -> Callable[[Rules], AbstractContextManager[Ask]]:
    """Make `load` of a function for tools that have nothing to close."""

    @contextmanager
    def load(rules: Rules) -> Iterator[Ask]:
        yield build(rules)

    return load
