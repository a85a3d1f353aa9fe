from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tactful_rules.source import json_schema, load, load_texts
from tactful_rules.source.merge import TOP_LEVEL
from tactful_rules.source.questionnaires import question, read
from tactful_rules.source.reading.report import Report
from tactful_rules.source.reading.tree import to_plain
from tactful_rules.source.reading.yaml12 import parse
from tactful_rules.source.schema import around, asking, params
from tactful_rules.source.schema.words import Schema
from tactful_rules.source.sections import policy, rule_parts, rules, settings, sinks, touchpoints
from tactful_rules.source.sections import tests as inline
from tactful_rules.source.sections.params import KEYWORDS

CAFE = Path(__file__).parents[3] / "examples" / "cafe"
SOUND = "touchpoints: {pay: {params: {order.kind: string}}}\nrules: {r: {at: pay, ask: q}}\n"
SOUND += "questionnaires: {q: {questions: [{id: a, type: nps, text: A}]}}\n"

PARTS: list[tuple[Schema, tuple[str, ...]]] = [
    (json_schema(), TOP_LEVEL),
    (around.settings(), settings.SETTINGS_KEYS),
    (around.stage(), settings.STAGE_KEYS),
    (around.owner(), settings.OWNER_KEYS),
    (around.touchpoint(), touchpoints.TOUCHPOINT_KEYS),
    (around.touchpoint()["properties"]["web"], touchpoints.WEB_KEYS),
    (around.do_not_disturb(), policy.POLICY_KEYS),
    (around.do_not_disturb()["properties"]["pauses"]["items"], policy.PAUSE_KEYS),
    (around.do_not_disturb()["properties"]["caps"]["items"], policy.CAP_KEYS),
    (around.do_not_disturb()["properties"]["quiet_hours"]["items"], policy.QUIET_KEYS),
    (around.do_not_disturb()["properties"]["holidays"]["anyOf"][0], policy.HOLIDAY_KEYS),
    (params.param_schema(), KEYWORDS),
    (around.sink(), sinks.GENERIC_KEYS),
    (around.inline_test(), inline.TEST_KEYS),
    (around.inline_test()["properties"]["expect"], inline.EXPECT_KEYS),
    (around.inline_test()["properties"]["history"]["items"], inline.HISTORY_KEYS),
    (asking.rule(), rules.RULE_KEYS),
    (asking.rule()["properties"]["remind"], rule_parts.REMIND_KEYS),
    (asking.variant(), rules.VARIANT_KEYS),
    (asking.quota(), rule_parts.QUOTA_KEYS),
    (asking.questionnaire(), read.QUESTIONNAIRE_KEYS),
    (asking.questionnaire()["properties"]["ends"]["items"], read.END_KEYS),
    (asking.question(), question.ALL_KEYS),
]


@pytest.mark.parametrize(("schema", "keys"), PARTS)
def test_the_schema_has_the_keys_of_the_loader(schema: Schema, keys: tuple[str, ...]) -> None:
    assert sorted(schema["properties"]) == sorted(keys)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_a_sound_folder_meets_its_schema() -> None:
    folder = load(CAFE).folder
    assert folder is not None
    for schema in (json_schema(), json_schema(folder)):
        validator = Draft202012Validator(schema)
        for file in sorted(CAFE.glob("*.yaml")):
            node = parse(file.read_text(encoding="utf-8"), file.name, Report())
            assert node is not None
            assert [problem.message for problem in validator.iter_errors(to_plain(node))] == []


@pytest.mark.parametrize(
    "document",
    [
        {"rule": {}},
        {"rules": {"r": {"at": "pay"}}},
        {"rules": {"r": {"at": "pay", "ask": "q", "wehn": {}}}},
        {"rules": {"r": {"at": "pay", "ask": "q", "when": {"order.kind": {"equals": 1}}}}},
        {"rules": {"r": {"at": "pay", "ask": "other"}}},
        {"questionnaires": {"q": {"questions": [{"id": "a", "type": "npss", "text": "A"}]}}},
    ],
)
def test_a_mistake_does_not_meet_the_schema_of_its_folder(document: object) -> None:
    schema = json_schema(load_texts({"a.yaml": SOUND}).folder)
    assert not Draft202012Validator(schema).is_valid(document)
