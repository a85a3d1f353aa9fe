"""Each shape of what the ledger really journals, word for word as it was read and found right (`NAME.json`)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tactful_gateway.sinks.shapes.flat import COLUMNS, column_type
from tactful_gateway.sinks.shapes.flat import flat as make_row
from tactful_gateway.sinks.shapes.registry import SHAPES
from tactful_gateway.sinks.shapes.shape import Make
from tests.gateway.sinks.shapes.story import journal

OPTIONS = {"posthog": {"posthog": {"api_key": "phc_x"}}}
PYTHON: dict[str, Any] = {"text": str, "texts": list, "whole": int, "number": (int, float), "flag": bool, "time": str}


def maker(name: str) -> Make:
    shape = SHAPES[name]
    return shape.bind(msgspec.convert(OPTIONS.get(name, {}), shape.config), "answers")


async def events_for(name: str) -> dict[str, Any]:
    return {
        key: msgspec.json.decode(delivery.body)
        for key, delivery in (await journal()).items()
        if key.removesuffix(" again") in SHAPES[name].events
    }


@pytest.mark.parametrize("name", SHAPES)
async def test_a_shape_is_word_for_word_what_was_agreed(name: str) -> None:
    make, golden = maker(name), json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    made = {key: make(event) for key, event in (await events_for(name)).items()}
    assert json.dumps(made, ensure_ascii=False) == json.dumps(golden, ensure_ascii=False)
    assert {key.removesuffix(" again") for key in golden} == set(SHAPES[name].events)


@pytest.mark.parametrize("name", SHAPES)
async def test_a_shape_is_a_pure_function_of_the_event(name: str) -> None:
    make = maker(name)
    for event in (await events_for(name)).values():
        before = copy.deepcopy(event)
        assert make(event) == make(event)
        assert event == before


async def test_every_row_begins_with_the_same_columns_and_each_has_the_type_that_its_name_says() -> None:
    for event in (await events_for("flat")).values():
        row = make_row(event)
        assert list(row)[: len(COLUMNS)] == list(COLUMNS)
        for column, value in row.items():
            assert value is None or isinstance(value, PYTHON[column_type(column)])


async def test_a_question_that_two_questionnaires_ask_in_two_ways_has_two_columns() -> None:
    event = (await events_for("flat"))["response.completed"]
    columns = set()
    for kind, answer in (("text", "x"), ("single", "a"), ("multi", ["a"]), ("nps", 3)):
        event["data"]["questions"] = [{"id": "why", "type": kind, "text": "Why?", "answer": answer}]
        columns |= make_row(event).keys() - COLUMNS.keys()
    assert columns == {"text_why", "choice_why", "choices_why", "score_why"}


async def test_a_question_from_elsewhere_that_could_name_no_column_stands_among_the_answers_alone() -> None:
    row = make_row((await events_for("flat"))["feedback.received"])
    assert json.loads(row["answers"])["Would you return?"] == "Yes"
    assert row.keys() - COLUMNS.keys() == {"text_why", "number_stars", "flag_again", "choices_tags", "number_big"}


async def test_a_question_can_not_take_the_place_of_another_column() -> None:
    event = (await events_for("flat"))["response.completed"]
    ids = ["id", "time", "person", "how", "how_other", "other_how", "seat"]
    asked = [{"id": name, "type": "text", "text": "?", "answer": name} for name in ids]
    asked += [{"id": "how", "type": "multi", "text": "?", "answer": [{"other": "by phone"}]}]
    event["data"]["questions"] = asked
    row = make_row(event)
    assert [row[column] for column in ("id", "person", "other_how")] == [event["id"], "u-1", "by phone"]
    assert [row[f"text_{name}"] for name in ids] == ids


async def test_only_the_row_of_an_answer_beyond_the_quota_has_a_column_that_says_so() -> None:
    event = (await events_for("flat"))["response.completed"]
    plain = make_row(event)
    event["data"]["beyond_quota"] = True
    assert make_row(event) == {**plain, "beyond_quota": True}
    assert "beyond_quota" not in plain
    assert column_type("beyond_quota") == "flag"
