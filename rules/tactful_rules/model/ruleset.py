"""The ruleset: everything deciding needs, and the gate's part of it that SDKs fetch."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from tactful_rules.model.condition import Condition
from tactful_rules.model.ids import Instant
from tactful_rules.model.policy import DEFAULT_POLICY, DoNotDisturb
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.model.rule import Rule
from tactful_rules.model.touchpoint import Stage, Touchpoint

ON_SCREEN_KINDS: frozenset[str] = frozenset({"widget", "app"})


class Settings(Struct, frozen=True, omit_defaults=True):
    """Defaults of the survey folder; `holdout` is the share of persons never asked, 0 to 1."""

    timezone: str = "UTC"
    locale: str = "en"
    holdout: float = 0.0


class Channel(Struct, frozen=True):
    """A way to reach a person; how it is reached (addresses, templates, secrets) is not part of the ruleset."""

    id: str
    kind: str

    @property
    def on_screen(self) -> bool:
        """Whether the caller shows the invitation itself."""
        return self.kind in ON_SCREEN_KINDS


class Ruleset(Struct, frozen=True):
    """Everything deciding needs, without secrets.

    `rules` stand in the order in which they are tried: high priority first, then file order. All maps keep file order.
    A folder without `channels` gets `{web: {kind: widget}}` from the loader.
    """

    settings: Settings = Settings()
    journey: tuple[Stage, ...] = ()
    touchpoints: dict[str, Touchpoint] = {}
    rules: tuple[Rule, ...] = ()
    questionnaires: dict[str, Questionnaire] = {}
    channels: dict[str, Channel] = {}
    do_not_disturb: DoNotDisturb = DEFAULT_POLICY


class GateRule(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """What the gate needs of a rule; an SDK that does not know one of its fields takes it for one that may match."""

    id: str
    at: tuple[str, ...]
    when: Condition | None = None
    from_: Instant | None = msgspec.field(default=None, name="from")
    until: Instant | None = None


class GateRuleset(Struct, frozen=True):
    """What an SDK fetches: enough to say "no rule can match", nothing of what would be asked.

    `touchpoints` maps id -> param path -> JSON Schema. `channels` are the ids of all of them, None from a gateway too
    old to say. `refresh` is how many seconds the SDK should wait between looks.
    """

    version: str
    touchpoints: dict[str, dict[str, dict[str, Any]]]
    rules: tuple[GateRule, ...]
    refresh: int = 15
    format: int = 1
    channels: tuple[str, ...] | None = None


def version_of(ruleset: Ruleset) -> str:
    """Give the ruleset's version: 16 hex digits of BLAKE2b over its canonical JSON, equal for equal rulesets."""
    return blake2b(msgspec.json.encode(ruleset), digest_size=8).hexdigest()


def gate_part(ruleset: Ruleset) -> GateRuleset:
    """Cut the gate's part out of a ruleset; disabled rules are left out."""
    return GateRuleset(
        version=version_of(ruleset),
        touchpoints={touchpoint.id: touchpoint.params for touchpoint in ruleset.touchpoints.values()},
        rules=tuple(GateRule(r.id, r.at, r.when, r.from_, r.until) for r in ruleset.rules if r.enabled),
        channels=tuple(ruleset.channels),
    )
