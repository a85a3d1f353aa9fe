"""A small ruleset and an event to vary, for tests of the decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.decision import Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.person import NOBODY, PersonState, QuotaUse
from tactful_rules.model.policy import DoNotDisturb
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset, Settings
from tactful_rules.model.touchpoint import Touchpoint

NOW = 1_795_305_600_000  # 2026-11-22T00:00:00Z, a Sunday

NO_POLICY = DoNotDisturb()
PLAIN = Settings()
CHANNELS = (Channel("web", "widget"), Channel("app", "app"), Channel("sms", "apprise"))

Decide = Callable[..., Verdict]


def a_rule(name: str = "any-payment", **changes: Any) -> Rule:
    return Rule(**{"id": name, "at": ("payment",), "variants": (Variant("csat"),), **changes})


@pytest.fixture
def deciding() -> Decide:
    """Decide on one event at `payment`, with everything else as given or as plain as can be."""

    def run(
        *rules: Rule,
        policy: DoNotDisturb = NO_POLICY,
        settings: Settings = PLAIN,
        channels: tuple[Channel, ...] = CHANNELS,
        state: PersonState = NOBODY,
        quotas: dict[str, QuotaUse] | None = None,
        now: int = NOW,
        trace: bool = False,
        touchpoint: str = "payment",
        **event: Any,
    ) -> Verdict:
        ruleset = Ruleset(
            settings=settings,
            touchpoints={"payment": Touchpoint("payment", stage="order"), "menu": Touchpoint("menu")},
            rules=rules,
            channels={channel.id: channel for channel in channels},
            do_not_disturb=policy,
        )
        call = Event(**{"touchpoint": touchpoint, "person": "u-42", "event_id": "e", **event})
        return decide(CompiledRuleset(ruleset), call, state, quotas or {}, now, trace=trace)

    return run


@pytest.fixture
def rule() -> Callable[..., Rule]:
    """Make a rule at `payment` that asks `csat`; keywords change it."""
    return a_rule
