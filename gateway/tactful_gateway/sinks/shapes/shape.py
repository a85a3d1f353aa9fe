"""What a shape is: the events it has a form for, and how it makes it of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from tactful_gateway.outgoing.options import OptionProblem, no_further_checks

Event: TypeAlias = Mapping[str, Any]
"""A journal event, decoded: a CloudEvent."""
Make: TypeAlias = Callable[[Event], dict[str, Any]]


class NoOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of a shape that has none."""


class Shape(Struct, frozen=True):
    """One shape.

    `events` are the types, without `tactful.`, that it has a form for. `config` is a Struct whose fields are the
    shape's own options, at most one, named like the shape, which `check` judges further. `bind` gets an instance of it
    and the sink's id, and gives the function that makes a body of an event; that one is pure.
    """

    name: str
    events: tuple[str, ...]
    bind: Callable[[Any, str], Make]
    config: type[Struct] = NoOptions
    check: Callable[[Mapping[str, Any]], list[OptionProblem]] = no_further_checks


def type_of(event: Event) -> str:
    """Give an event's type without its prefix, e.g. `response.completed`."""
    kind: str = event["type"]
    return kind.removeprefix("tactful.")


def without_nothing(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None."""
    return {name: value for name, value in fields.items() if value is not None}


def in_words(question: Mapping[str, Any]) -> Any:
    """Give an answer as a person would read it: choices by their texts, of several a list, all else as it is."""
    labels = question.get("labels")
    if labels is None:
        return question["answer"]
    return list(labels) if question["type"] == "multi" else labels[0]
