"""What may be wrong in an event: names of touchpoints, params, channels and time zones, and values; they do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

from tactful_rules.conditions import find
from tactful_rules.mistakes.telling import tell
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.params import Meets
from tactful_rules.reach import strange_channels
from tactful_rules.source import did_you_mean, listing, suggest, suggest_timezone
from tactful_rules.tact import find_zone

MOST = 10
"""Params that are named: finding the nearest takes its time, and who sends more misspelt ones sees it by these."""

LONGEST = 64
SchemaCheck: TypeAlias = Callable[[dict[str, Any]], Meets]


def find_hints(
    ruleset: Ruleset,
    touchpoint: str,
    params: Mapping[str, Any],
    timezone: str | None,
    reach: Mapping[str, object] | None = None,
) -> tuple[str, ...]:
    """Name what the event says and nobody knows: its touchpoint, else its params, its channels and its time zone."""
    strange = (no_channel(name, ruleset) for name in strange_channels(reach, ruleset.channels.keys()))
    return (*_undeclared(ruleset, touchpoint, params), *strange, *_no_zone(timezone))


def find_causes(
    ruleset: Ruleset, touchpoint: str, params: Mapping[str, Any], rejected: Iterable[str], check: SchemaCheck
) -> tuple[str, ...]:
    """Say of params that broke their schema what stood there and what to write; they count as missing."""
    declared = ruleset.touchpoints[touchpoint].params if touchpoint in ruleset.touchpoints else {}
    return tuple(
        _cause(path, find(params, path), declared[path], check) for path in islice(rejected, MOST) if path in declared
    )


def _cause(path: str, value: object, schema: dict[str, Any], check: SchemaCheck) -> str:
    told = tell(path, value, schema, check(schema))
    return f"{path} breaks its schema, so it counts as missing: {told.value} ({told.cause})"


def no_channel(name: str, ruleset: Ruleset) -> str:
    """Say that a name in `reach`, as `strange_channels` gives it, is no channel; the reason alone would not say why."""
    if not name:
        return (
            f"`reach` has a key that is no channel; a key is one of {listing(ruleset.channels)}, an address its value"
        )
    return f"`reach` names `{name}`, which is no channel: {suggest(name, ruleset.channels)}"


def _no_zone(name: str | None) -> tuple[str, ...]:
    if not name or find_zone(name) is not None:
        return ()
    return (f"no time zone is called `{name[:LONGEST]}`: {suggest_timezone(name[:LONGEST])}",)


def _undeclared(ruleset: Ruleset, touchpoint: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    """Name an undeclared touchpoint, or else the params that it does not declare, each with the nearest that is."""
    declared = ruleset.touchpoints.get(touchpoint)
    if not touchpoint:
        return ()
    if declared is None:
        return (f"no touchpoint is called `{touchpoint}`: {suggest(touchpoint, ruleset.touchpoints)}",)
    strange = _strange(params, "", declared.params)
    named = tuple(
        f"{touchpoint} declares no param `{path}`; "
        + (did_you_mean(path, declared.params) or f"it declares {listing(declared.params) or 'none'}")
        for path in islice(strange, MOST)
    )
    more = sum(1 for _ in strange)
    return (*named, f"{touchpoint} does not declare {more} more of these params") if more else named


def _strange(values: Mapping[str, Any], prefix: str, declared: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths that lead to no declared param; a map is gone into where one may lie below it."""
    for name, value in values.items():
        path = prefix + name
        if path in declared:
            continue
        if isinstance(value, Mapping) and any(known.startswith(f"{path}.") for known in declared):
            yield from _strange(value, f"{path}.", declared)
        else:
            yield path
