"""Reads a gate ruleset as JSON that may be newer than this code: a rule that is not understood may always match.

Dropping such a rule, or skipping the condition that is new, would say no where the gateway asks; refusing the whole
ruleset would keep old rules in force for ever. So each rule has to be understood to its last field, or counts as one
without a condition: the gateway decides. That takes more than its form: an attribute that nobody here knows, or a value
that its operator can't use, would be a silent "no". What all rules share is covered by `format`.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tactful_rules.conditions import is_usable
from tactful_rules.model.attributes import BUILT_IN, PERSON_PREFIX
from tactful_rules.model.condition import Condition, Not, Test
from tactful_rules.model.ruleset import GateRule, GateRuleset

FORMAT: Final = 1
"""Raised when what is common to all rules (how touchpoints, params and rules are written and joined) changes so that
an older SDK would misread it. A new operator, kind of condition or field of a rule needs no new format."""
DEEPEST: Final = 64
"""How many groups may stand in each other, more than a survey folder can have: each takes some of the host's stack."""
ALL: Final = "*"
"""Stands for every rule where not even the format is known."""


class ReadRuleset(Struct, frozen=True):
    """A gate ruleset as far as this code understands it; without one every touchpoint is a "maybe".

    `not_understood` are the ids of the rules that count as having no condition, or `ALL`.
    """

    version: str
    ruleset: GateRuleset | None
    not_understood: tuple[str, ...] = ()


class _Head(Struct, frozen=True):
    version: str
    format: int = FORMAT


class _Place(Struct, frozen=True):
    """What every rule of this format has."""

    id: str
    at: tuple[str, ...]


class _Loose(GateRuleset, frozen=True):
    """A gate ruleset whose rules are still JSON."""

    rules: tuple[Raw, ...]  # type: ignore[assignment]  # on purpose: read one by one


_decode_head = msgspec.json.Decoder(_Head).decode
_decode_place = msgspec.json.Decoder(_Place).decode
_decode_rule = msgspec.json.Decoder(GateRule).decode
_decode_loose = msgspec.json.Decoder(_Loose).decode
_decode = msgspec.json.Decoder(GateRuleset).decode


def read_gate_ruleset(body: bytes) -> ReadRuleset:
    """Read what `GET /v1/ruleset` answers, from a gateway of any age.

    Raises:
        ValueError: it is no gate ruleset.
    """
    try:
        try:
            ruleset, strange = _decode(body), frozenset[str]()
        except msgspec.ValidationError:
            ruleset, strange = _read_loosely(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(f"this is not a ruleset: {error}") from None
    if ruleset.format > FORMAT:
        return ReadRuleset(ruleset.version, None, (ALL,))
    strange |= _find_strange(ruleset)
    if strange:
        rules = (GateRule(rule.id, rule.at) if rule.id in strange else rule for rule in ruleset.rules)
        ruleset = msgspec.structs.replace(ruleset, rules=tuple(rules))
    return ReadRuleset(ruleset.version, ruleset, tuple(rule.id for rule in ruleset.rules if rule.id in strange))


def _read_loosely(body: bytes) -> tuple[GateRuleset, frozenset[str]]:
    """Give the ruleset with the rules that have an unknown form left open, and their ids."""
    head = _decode_head(body)
    if head.format > FORMAT:
        return GateRuleset(head.version, {}, (), format=head.format), frozenset()
    loose = _decode_loose(body)
    rules: list[GateRule] = []
    strange: set[str] = set()
    for written in loose.rules:
        try:
            rules.append(_decode_rule(written))
        except msgspec.ValidationError:
            place = _decode_place(written)
            rules.append(GateRule(place.id, place.at))
            strange.add(place.id)
    ruleset = GateRuleset(
        version=loose.version,
        touchpoints=loose.touchpoints,
        rules=tuple(rules),
        refresh=loose.refresh,
        channels=loose.channels,
    )
    return ruleset, frozenset(strange)


def _find_strange(ruleset: GateRuleset) -> frozenset[str]:
    """Give the ids of the rules whose form is known, but not what they are about."""
    names = BUILT_IN.keys() | {path for params in ruleset.touchpoints.values() for path in params}
    return frozenset(
        rule.id for rule in ruleset.rules if rule.when is not None and not _is_understood(rule.when, names)
    )


def _is_understood(condition: Condition, names: Set[str]) -> bool:
    """Tell whether a condition is no deeper than any of ours, and each test about a known name and value."""
    level: list[Condition] = [condition]
    for _ in range(DEEPEST):
        below: list[Condition] = []
        for part in level:
            if isinstance(part, Test):
                name = part.attribute
                if not (name in names or name.startswith(PERSON_PREFIX)) or not is_usable(part.op, part.value):
                    return False
            elif isinstance(part, Not):
                below.append(part.part)
            else:
                below += part.parts
        if not below:
            return True
        level = below
    return False
