"""Which journal rows a sink wants: by type first, then by its `where`, of which only *true* delivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import re2

from tactful_gateway.store.personal.base import ORDER
from tactful_gateway.store.records import JournalRow
from tactful_rules.conditions import compile_condition, find
from tactful_rules.model.folder import SinkConfig
from tactful_rules.questionnaire import as_tested

TYPE_PREFIX = "tactful."
_PLAIN = ("touchpoint", "stage", "channel", "questionnaire", "rule")

Wants = Callable[[JournalRow], bool]


def compile_filter(config: SinkConfig) -> Wants:
    """Build the test that says whether a sink wants a journal row."""
    types = frozenset(TYPE_PREFIX + name.removeprefix(TYPE_PREFIX) for name in config.events)
    if config.where is None:
        return lambda row: row.type in types
    holds = compile_condition(config.where, re2.compile)

    def wants(row: JournalRow) -> bool:
        # Whoever is to erase a person has it by other events, of which this one has no attributes.
        return row.type in types and (row.type == ORDER or holds(journal_lookup(row)) is True)

    return wants


def journal_lookup(row: JournalRow) -> Callable[[str], object]:
    """Give the attributes that `where` may name (`tactful_rules.model.attributes.JOURNAL`) of one journal row."""
    event = msgspec.json.decode(row.body)
    data: Mapping[str, Any] = event.get("data") or {}

    def look_up(attribute: str) -> object:
        if attribute == "type":
            return row.type.removeprefix(TYPE_PREFIX)
        if attribute in _PLAIN:
            return data.get(attribute)
        root, _, rest = attribute.partition(".")
        return _ROOTS[root](data, rest) if root in _ROOTS else None

    return look_up


def _answer(data: Mapping[str, Any], rest: str) -> object:
    return as_tested(_part(data, "answers").get(rest))


def _score(data: Mapping[str, Any], rest: str) -> object:
    return _part(data, "scores").get(rest)


def _param(data: Mapping[str, Any], rest: str) -> object:
    return find(_part(data, "params"), rest)


def _trait(data: Mapping[str, Any], rest: str) -> object:
    return find(_part(data, "person"), rest)


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, object]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


_ROOTS: dict[str, Callable[[Mapping[str, Any], str], object]] = {
    "answers": _answer,
    "score": _score,
    "params": _param,
    "person": _trait,
}
