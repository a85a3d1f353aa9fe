"""How long a decision of the gateway takes, with 1, 100 and 10,000 rules at the touchpoint."""

from __future__ import annotations

import json

from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.condition import All, AnyOf, Test
from tactful_rules.model.event import Device, Event
from tactful_rules.model.ids import DAY
from tactful_rules.model.person import HistoryEvent, PersonState
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tactful_rules.model.rule import Quota, Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset, Settings
from tactful_rules.model.touchpoint import Touchpoint
from tests.benchmarks.peers.measure import best
from tests.benchmarks.row import Baseline, Row

NOW = 1_795_305_600_000
POLICY = DoNotDisturb(
    pauses=(Pause("asked", 7 * DAY), Pause("answered", 90 * DAY, same="questionnaire"), Pause("dismissed", 30 * DAY)),
    caps=(Cap(2, 30 * DAY), Cap(1, 7 * DAY, on=("web",)), Cap(9, "month")),
)
STATE = PersonState(
    history=tuple(HistoryEvent("asked", NOW - (100 - day) * DAY, "nps", "payment", "web") for day in range(10)),
    timezone="Europe/Berlin",
)
PARAMS = {"order.kind": "combo", "order.amount": 38.5, "store.city": "上海"}
CALL = {"touchpoint": "payment", "person": {"id": "u-42", "visits": 3}, "params": PARAMS, "timezone": "Asia/Shanghai"}
EVENT = Event(
    touchpoint="payment",
    person="u-42",
    event_id="e",
    params=PARAMS,
    traits={"visits": 3},
    device=Device(type="phone"),
    timezone="Asia/Shanghai",
)


def _rule(number: int) -> Rule:
    """Make a rule that fails on its last test, but for number 0, which holds."""
    when = All(
        (
            Test("order.kind", "is", "combo"),
            Test("person.visits", "at_least", 2),
            AnyOf((Test("store.city", "in", ("上海", "杭州")), Test("device.type", "is", "phone"))),
            Test("order.amount", "at_least", 30 + 10 * number),
        )
    )
    variants = (Variant("nps"), Variant("csat", weight=3.0))
    quota = Quota("answers", 200, "day")
    return Rule(id=f"rule-{number}", at=("payment",), variants=variants, when=when, sample=1.0, quota=quota)


def _ruleset(rules: int) -> Ruleset:
    params = {"order.kind": {"type": "string"}, "order.amount": {"type": "number"}, "store.city": {"type": "string"}}
    return Ruleset(
        settings=Settings(timezone="Asia/Shanghai", holdout=0.0001),
        touchpoints={"payment": Touchpoint("payment", params=params)},
        rules=tuple(_rule(number) for number in reversed(range(rules))),
        channels={"web": Channel("web", "widget")},
        do_not_disturb=POLICY,
    )


def _decision(rules: int) -> float:
    compiled = CompiledRuleset(_ruleset(rules))
    assert decide(compiled, EVENT, STATE, {}, NOW).ask
    return best(lambda: decide(compiled, EVENT, STATE, {}, NOW))


def rows() -> list[Row]:
    """Measure; the baseline is what it takes to write and read the call as JSON with the standard library (3 µs)."""
    baseline = Baseline("JSON there and back", best(lambda: json.loads(json.dumps(CALL))))
    measured = [
        ("gateway decision, 1 rule, full policy", _decision(1), 13),
        ("gateway decision, 100 rules, the last asks", _decision(100), 15),
        ("gateway decision, 10,000 rules, the last asks", _decision(10_000), 18),
    ]
    return [
        Row(
            name=name,
            value=value,
            unit="µs",
            baseline=baseline,
            budget=f"<= {limit} baselines",
            met=value <= limit * baseline.value,
        )
        for name, value, limit in measured
    ]
