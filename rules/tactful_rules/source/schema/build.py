"""Puts the whole language together as one JSON Schema (2020-12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.source.schema import around, asking, conditions, params
from tactful_rules.source.schema.words import Schema, ids_of, list_of, map_of, record

ChannelKinds: TypeAlias = Mapping[str, Mapping[str, bool]]
"""The options of each kind of channel, and whether it needs them."""
_OPEN: ChannelKinds = {}


def json_schema(
    folder: SurveyFolder | None = None, sink_kinds: Iterable[str] = (), channel_kinds: ChannelKinds = _OPEN
) -> Schema:
    """Give the schema of one file of a survey folder; with a folder its ids and attributes are completed, too.

    `sink_kinds` and `channel_kinds` are those that the gateway knows: they are offered, though another may be
    installed where it is served.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tactful survey folder",
        **record(_top_level(folder, sink_kinds, channel_kinds)),
        "$defs": {
            **ids_of(folder),
            "test": conditions.one_test(()),
            "operators": conditions.operators(),
            "condition": conditions.condition("condition", conditions.rule_attributes(folder)),
            "answers_condition": conditions.condition("answers_condition", conditions.answer_attributes(folder)),
            "journal_condition": conditions.condition("journal_condition", conditions.journal_attributes()),
            "variant": asking.variant(),
            "quota": asking.quota(),
            "question": asking.question(),
            "param_schema": params.param_schema(),
        },
    }


def _top_level(
    folder: SurveyFolder | None, sink_kinds: Iterable[str], channel_kinds: ChannelKinds
) -> dict[str, Schema]:
    return {
        "settings": around.settings(),
        "journey": list_of(around.stage(), "The stages that customers go through, in order"),
        "owners": map_of(around.owner(), "Who looks after touchpoints"),
        "touchpoints": map_of(around.touchpoint(), "Named moments that apps and pages tell of"),
        "rules": map_of(asking.rule(), "At these touchpoints, when this holds, ask that questionnaire"),
        "questionnaires": map_of(asking.questionnaire(), "What is asked"),
        "channels": map_of(around.channel(channel_kinds), "Ways to reach a person"),
        "do_not_disturb": around.do_not_disturb(),
        "sinks": map_of(around.sink(sink_kinds), "Where answers and other facts go"),
        "alerts": map_of(around.alert()),
        "tests": list_of(around.inline_test(folder), "Decisions that the rules promise"),
    }
