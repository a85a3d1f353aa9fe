"""Reads a gate ruleset as JSON that may be newer than this code: a rule that is not understood may always match.

Dropping such a rule, or skipping the condition that is new, would say no where the gateway asks; refusing the whole
ruleset would keep old rules in force for ever. So each rule has to be understood to its last field, or counts as one
without a condition: the gateway decides. What all rules share is covered by `format`.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw, Struct

from tactful_rules.model.ruleset import GateRule, GateRuleset

FORMAT: Final = 1
"""Raised when what is common to all rules (how touchpoints, params and rules are written and joined) changes so that
an older SDK would misread it. A new operator, kind of condition or field of a rule needs no new format."""
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
            ruleset = _decode(body)
        except msgspec.ValidationError:
            return _read_loosely(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(f"this is not a ruleset: {error}") from None
    if ruleset.format > FORMAT:
        return ReadRuleset(ruleset.version, None, (ALL,))
    return ReadRuleset(ruleset.version, ruleset)


def _read_loosely(body: bytes) -> ReadRuleset:
    head = _decode_head(body)
    if head.format > FORMAT:
        return ReadRuleset(head.version, None, (ALL,))
    loose = _decode_loose(body)
    rules: list[GateRule] = []
    strange: list[str] = []
    for written in loose.rules:
        try:
            rules.append(_decode_rule(written))
        except msgspec.ValidationError:
            place = _decode_place(written)
            rules.append(GateRule(place.id, place.at))
            strange.append(place.id)
    ruleset = GateRuleset(
        version=loose.version, touchpoints=loose.touchpoints, rules=tuple(rules), refresh=loose.refresh
    )
    return ReadRuleset(ruleset.version, ruleset, tuple(strange))
