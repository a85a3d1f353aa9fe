"""How two survey folders differ: by the ids of what was added, removed and changed; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import fields, replace

from tactful_gateway.survey.policy import describe_policy
from tactful_rules.model.folder import SurveyFolder
from tactful_rules.model.rule import Rule


class Part(Struct, frozen=True, omit_defaults=True):
    """What happened to one section; `reordered` when what stayed is tried in another order.

    Of a rule that changed, `keys` says which of its keys did.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    reordered: bool = False
    keys: dict[str, tuple[str, ...]] = {}


class Differences(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one folder has and another has not; what is equal is left out.

    `do_not_disturb` has the sentences that hold now and no longer. `also` names further sections that differ.
    """

    rules: Part | None = None
    touchpoints: Part | None = None
    questionnaires: Part | None = None
    channels: Part | None = None
    sinks: Part | None = None
    owners: Part | None = None
    alerts: Part | None = None
    do_not_disturb: Part | None = None
    also: tuple[str, ...] = ()


def compare(before: SurveyFolder, after: SurveyFolder) -> Differences:
    """Say what `after` changes."""
    old, new = before.ruleset, after.ruleset
    also = [name for name in ("settings", "journey") if getattr(old, name) != getattr(new, name)]
    if [test.name for test in before.tests] != [test.name for test in after.tests]:
        also.append("tests")
    return Differences(
        rules=_rules({rule.id: rule for rule in old.rules}, {rule.id: rule for rule in new.rules}),
        touchpoints=_part(old.touchpoints, new.touchpoints),
        questionnaires=_part(old.questionnaires, new.questionnaires),
        channels=_part(before.channels, after.channels, ordered=True),
        sinks=_part(before.sinks, after.sinks),
        owners=_part(before.owners, after.owners),
        alerts=_part(before.alerts, after.alerts),
        do_not_disturb=_part(dict.fromkeys(describe_policy(old)), dict.fromkeys(describe_policy(new))),
        also=tuple(also),
    )


def _rules(before: Mapping[str, Rule], after: Mapping[str, Rule]) -> Part | None:
    part = _part(before, after, ordered=True)
    if part is None or not part.changed:
        return part
    return replace(part, keys={name: tuple(_keys(before[name], after[name])) for name in part.changed})


def _keys(before: Rule, after: Rule) -> Iterator[str]:
    for field in fields(Rule):
        if getattr(before, field.name) != getattr(after, field.name):
            alone = field.name == "variants" and len(before.variants) == len(after.variants) == 1
            yield "ask" if alone else field.encode_name


def _part(before: Mapping[str, Any], after: Mapping[str, Any], *, ordered: bool = False) -> Part | None:
    stayed = [name for name in after if name in before]
    part = Part(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(name for name in stayed if before[name] != after[name]),
        reordered=ordered and stayed != [name for name in before if name in after],
    )
    return part if part != Part() else None
