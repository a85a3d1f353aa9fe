"""One person's answers as the real ledger journals them, with ids and times that never change."""

from __future__ import annotations

from typing import Any

import msgspec

from tactful_gateway.ledger import Ledger, Rulesets
from tactful_gateway.ledger.commands import Decide, Feedback, Notice, Respond
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.event import Device, Event, Page
from tactful_rules.model.ids import SECOND
from tactful_rules.source import load_texts
from tests.gateway.consumers.stage import START, ManualClock

SURVEY = """
journey: [{stage: order}]
touchpoints: {payment: {stage: order, params: {order.amount: number, order.kind: string, rush: boolean}}}
rules: {all: {at: payment, ask: paying}}
questionnaires:
  paying:
    questions:
      - {id: score, type: nps, text: Would you recommend us?}
      - {id: ease, type: ces, text: How easy was it?}
      - {id: how, type: multi, text: How did you pay?, options: [{id: card, text: By card}, {id: cash, text: Cash}],
         other: Else}
      - {id: seat, type: single, text: Where did you sit?, options: [{id: in, text: Inside}, {id: out, text: Outside}],
         other: Elsewhere}
      - {id: why, type: text, text: Why?}
"""
PARTIAL = {"score": 9}
ANSWERS = {
    "score": 9,
    "ease": 6,
    "how": ["card", {"other": "by phone"}],
    "seat": {"other": "on the 楼梯"},
    "why": "=1+1, they said",
}
FEEDBACK = Feedback(
    key=b"k",
    digest=b"d",
    source="app-store",
    external_id="review-7",
    touchpoint="payment",
    person="u-3",
    at=START,
    answers={"why": "Slow", "stars": 4.5, "again": True, "tags": ["app", 7], "big": 2**60, "Would you return?": "Yes"},
    scores={"csat": 4.5},
)


async def journal() -> dict[str, Delivery]:
    """Give the events by type: shown, answered in part, completed; closed by another person; from elsewhere."""
    folder = load_texts({"survey.yaml": SURVEY}).folder
    assert folder is not None
    store, clock = MemoryStore(), ManualClock(resting=0)
    rulesets = Rulesets(store)
    rulesets.activate(CompiledRuleset(folder.ruleset))
    asked = folder.ruleset.questionnaires["paying"]
    async with Ledger(store, rulesets, clock) as ledger:
        for person, invitation in (("u-1", "i-1"), ("u-2", "i-2")):
            await ledger.submit(Decide(_event(person), invitation, invitation.encode()))
        await clock.advance(SECOND)
        await ledger.submit(Notice("displayed", "u-1", "i-1", "all"))
        await ledger.submit(Notice("dismissed", "u-2", "i-2", "all"))
        await clock.advance(2 * SECOND)
        await ledger.submit(Respond("u-1", "i-1", "all", asked, PARTIAL, complete=False))
        await clock.advance(3 * SECOND)
        await ledger.submit(Respond("u-1", "i-1", "all", asked, {**PARTIAL, "ease": 6}, complete=False))
        await ledger.submit(Respond("u-1", "i-1", "all", asked, ANSWERS, complete=True))
        await ledger.submit(FEEDBACK)
    told: dict[str, Delivery] = {}
    for number, row in enumerate(await store.journal(0, 100)):
        event: dict[str, Any] = msgspec.json.decode(row.body)
        event["id"] = f"018fcb2a-0000-7000-8000-{number:012d}"
        event["data"]["ruleset"] = "v1"
        name = row.type.removeprefix("tactful.")
        key = f"{name} again" if name in told else name
        told[key] = Delivery(number, event["id"], row.type, row.subject, row.at, msgspec.json.encode(event))
    return told


def _event(person: str) -> Event:
    return Event(
        touchpoint="payment",
        person=person,
        event_id=f"order of {person}",
        params={"order.amount": 38.5, "order.kind": "combo", "rush": True},
        traits={"visits": 3, "plan": {"name": "gold"}, "vip": True, "city": "Basel"},
        page=Page(url="https://shop.example/pay"),
        device=Device(type="phone", os="Android", browser="Firefox"),
        locale="en",
    )
