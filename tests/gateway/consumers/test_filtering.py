"""`where` over what the ledger really journals: every attribute that the design names is found."""

from __future__ import annotations

import pytest

from tactful_gateway.clock import SystemClock
from tactful_gateway.consumers.filtering import compile_filter, journal_lookup
from tactful_gateway.ledger import Ledger, Rulesets
from tactful_gateway.ledger.commands import Decide, Respond
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import JournalRow
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.attributes import JOURNAL
from tactful_rules.model.condition import All, Not, Test
from tactful_rules.model.event import Event
from tactful_rules.model.folder import SinkConfig
from tactful_rules.source import load_texts

SURVEY = """
journey: [{stage: order}]
touchpoints: {payment: {stage: order, params: {order.amount: number}}}
rules: {all: {at: payment, ask: scales}}
questionnaires:
  scales:
    questions:
      - {id: n, type: nps, text: How?}
      - {id: c, type: csat, text: How?}
      - {id: e, type: ces, text: How?}
      - {id: m, type: multi, text: What?, options: [{id: a, text: A}, {id: b, text: B}], other: true}
      - {id: s, type: single, text: Which?, options: [{id: a, text: A}], other: true}
"""


@pytest.fixture
async def rows() -> list[JournalRow]:
    """Journal one answered invitation through the real ledger."""
    folder = load_texts({"survey.yaml": SURVEY}).folder
    assert folder is not None
    store, clock = MemoryStore(), SystemClock()
    rulesets = Rulesets(store)
    rulesets.activate(CompiledRuleset(folder.ruleset))
    event = Event(
        touchpoint="payment",
        person="u-1",
        event_id="e-1",
        params={"order.amount": 38.5},
        traits={"visits": 3, "plan": {"name": "gold"}},
    )
    questionnaire = folder.ruleset.questionnaires["scales"]
    answers = {"n": 9, "c": 2, "e": 7, "m": ["a", "b"], "s": {"other": "None of yours"}}
    async with Ledger(store, rulesets, clock) as ledger:
        await ledger.submit(Decide(event, "i-1", b"1"))
        await ledger.submit(Respond("u-1", "i-1", "all", questionnaire, answers, complete=True))
    return list(await store.journal(0, 100))


def of_type(rows: list[JournalRow], name: str) -> JournalRow:
    return next(row for row in rows if row.type == f"tactful.{name}")


async def test_every_attribute_of_the_journal_is_found_in_a_completed_response(rows: list[JournalRow]) -> None:
    look_up = journal_lookup(of_type(rows, "response.completed"))
    assert {name: look_up(name) for name in JOURNAL} == {
        "type": "response.completed",
        "touchpoint": "payment",
        "stage": "order",
        "channel": "web",
        "questionnaire": "scales",
        "rule": "all",
        "score.nps": 9,
        "score.csat": 2,
        "score.ces": 7,
    }
    assert [look_up(name) for name in ("answers.m", "params.order.amount")] == [["a", "b"], 38.5]
    assert [look_up(f"person.{name}") for name in ("id", "visits", "plan.name")] == ["u-1", 3, "gold"]


async def test_what_an_event_does_not_have_is_missing(rows: list[JournalRow]) -> None:
    look_up = journal_lookup(of_type(rows, "invitation.created"))
    names = ("score.nps", "answers.n", "params.nothing", "person.nothing", "nothing", "person", "device.type")
    assert [look_up(name) for name in names] == [None] * len(names)


async def test_only_true_lets_an_event_through(rows: list[JournalRow]) -> None:
    happy, missing = Test("score.nps", "at_least", 9), Test("person.nothing", "is", 1)
    completed = of_type(rows, "response.completed")

    def wanted(where: Test | All | Not) -> bool:
        return compile_filter(SinkConfig(id="s", kind="jsonl", where=where))(completed)

    assert wanted(happy)
    assert wanted(All((happy, Test("answers.m", "contains", "b"), Test("person.plan.name", "matches", "^go"))))
    assert wanted(All((Test("answers.s", "is", "other"), Test("answers.m", "contains_all", ("a", "b")))))
    assert not wanted(Not(happy))
    assert not wanted(missing)
    assert not wanted(Not(missing))


async def test_types_may_be_written_with_or_without_their_prefix(rows: list[JournalRow]) -> None:
    for name in ("invitation.created", "tactful.invitation.created"):
        wants = compile_filter(SinkConfig(id="s", kind="jsonl", events=(name,)))
        assert [row.type for row in rows if wants(row)] == ["tactful.invitation.created"]
