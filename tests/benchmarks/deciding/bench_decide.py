"""How long a decision of the gateway takes, with 1, 100 and 10,000 rules at the touchpoint."""

from __future__ import annotations

import json

from msgspec.structs import replace

from tactful_gateway.survey.holidays import find_holidays
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.condition import All, AnyOf, Test
from tactful_rules.model.event import Device, Event
from tactful_rules.model.ids import DAY, HOUR
from tactful_rules.model.person import HistoryEvent, PersonState
from tactful_rules.model.policy import Cap, DoNotDisturb, Holidays, Pause, QuietHours
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


def _sent() -> float:
    """Measure the longest way: no screen, one sent channel capped, and one that waits over a night and holidays."""
    quiet = (QuietHours(21 * 60, 8 * 60), QuietHours(12 * 60, 13 * 60, ("sat", "sun"), ("mail",), "next"))
    holidays = (Holidays("CN", ("2026-11-21",), ("sms", "mail")),)
    caps = (*POLICY.caps, Cap(1, 365 * DAY, on=("mail",)))
    state = replace(STATE, history=tuple(replace(past, channel="mail") for past in STATE.history))
    ruleset = replace(
        _ruleset(1),
        channels={"web": Channel("web", "widget"), "mail": Channel("mail", "email"), "sms": Channel("sms", "http")},
        do_not_disturb=DoNotDisturb(POLICY.pauses, caps, quiet, holidays),
    )
    event = replace(EVENT, reach={"web": False, "mail": "a@example.com", "sms": "+8613800000000"})
    compiled = CompiledRuleset(ruleset, holidays=find_holidays)
    at_night = NOW + 15 * HOUR  # 23:00 in Shanghai
    verdict = decide(compiled, event, state, {}, at_night)
    assert (verdict.reason, verdict.channel, verdict.not_before) == ("deferred", "sms", NOW + 24 * HOUR)
    return best(lambda: decide(compiled, event, state, {}, at_night))


def rows() -> list[Row]:
    """Measure; the baseline is what it takes to write and read the call as JSON with the standard library (3 µs)."""
    baseline = Baseline("JSON there and back", best(lambda: json.loads(json.dumps(CALL))))
    measured = [
        ("gateway decision, 1 rule, full policy", _decision(1), 13),
        ("gateway decision, 100 rules, the last asks", _decision(100), 15),
        ("gateway decision, 10,000 rules, the last asks", _decision(10_000), 18),
    ]
    sent = _sent()
    return [
        Row(
            name="gateway decision, full policy with quiet hours, holidays and sent channels",
            value=sent,
            unit="µs",
            baseline=baseline,
            budget="<= 40 µs",
            met=sent <= 40,
        ),
        *_by_rules(measured, baseline),
    ]


def _by_rules(measured: list[tuple[str, float, int]], baseline: Baseline) -> list[Row]:
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
