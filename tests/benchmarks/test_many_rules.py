"""What every benchmark over many rules relies on: they are sound, and hold for whom they are said to hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tactful_gateway.survey import check_survey
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.gate import Gate
from tactful_rules.model.event import Event
from tactful_rules.model.person import PersonState
from tests.benchmarks import many_rules as many
from tests.benchmarks.folder.many_files import write_folder

NOW = 1_795_305_600_000
COUNT = 300


def decided(compiled: CompiledRuleset, event: Event) -> str | None:
    verdict = decide(compiled, event, PersonState(), {}, NOW)
    return verdict.rule if verdict.ask else None


@pytest.mark.parametrize("count", [1, 2, COUNT])
def test_the_last_rule_alone_holds_for_one_event_and_none_for_another(count: int):
    rules = many.plain_rules(count)
    assert len({rule.id for rule in rules}) == count
    assert [rule.id for rule in rules if many.holds(rule, many.values(many.EVENT_LAST))] == ["rule-last"]
    assert many.winner(rules, many.values(many.EVENT_NONE)) is None
    compiled = CompiledRuleset(many.ruleset(count))
    assert decided(compiled, many.EVENT_LAST) == "rule-last"
    assert decided(compiled, many.EVENT_NONE) is None


def test_the_gate_refuses_one_event_and_lets_the_other_through():
    gate = Gate(many.gate_ruleset(COUNT))

    def refusal(event: Event) -> str | None:
        return gate.refuses(event.touchpoint, many.call(event)["params"], event.traits, NOW)

    assert (refusal(many.EVENT_NONE), refusal(many.EVENT_LAST)) == ("no_rule", None)


def test_plain_rows_and_conditions_choose_the_same_rule_for_random_events():
    compiled, rules = CompiledRuleset(many.ruleset(COUNT)), many.plain_rules(COUNT)
    winners = [many.winner(rules, many.values(event)) for event in many.random_events(500)]
    expected = [None if rule is None else rule.id for rule in winners]
    assert [decided(compiled, event) for event in many.random_events(500)] == expected
    assert len(set(expected)) > 50


def test_every_shape_occurs_and_every_attribute_is_in_every_event():
    lines = [line for rule in many.plain_rules(COUNT) for line in (*rule.lines, *rule.either)]
    events = (many.EVENT_LAST, many.EVENT_NONE, *many.random_events(20))
    assert {line.attribute for line in lines} == {name for event in events for name in many.values(event)}
    assert len({line.op for line in lines}) == 7
    assert any(line.negated for line in lines)
    assert any(rule.either for rule in many.plain_rules(COUNT))


def test_the_written_folder_passes_check_and_says_the_same_rules_in_the_same_order(tmp_path: Path):
    write_folder(tmp_path, COUNT, files=13)
    assert len(list(tmp_path.rglob("*.yaml"))) == 13
    assert CliRunner().invoke(app, ["check", str(tmp_path)]).exit_code == 0
    loaded = check_survey(tmp_path, NOW)
    assert loaded.errors == ()
    assert loaded.folder is not None
    written, made = loaded.folder.ruleset.rules, many.ruleset(COUNT).rules
    assert [rule.id for rule in written] == [rule.id for rule in made]
    compiled = CompiledRuleset(loaded.folder.ruleset)
    expected = [many.winner(many.plain_rules(COUNT), many.values(event)) for event in many.random_events(100)]
    assert [decided(compiled, event) for event in many.random_events(100)] == [rule and rule.id for rule in expected]
