"""Choosing a shape: what is refused, and what a destination then gets."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook

from tactful_gateway.clock import SystemClock
from tactful_gateway.consumers import Consumers
from tactful_gateway.contracts.sink import NOW, deliver_to, delivery
from tactful_gateway.outgoing.errors import PermanentError
from tactful_gateway.sinks.registry import SinkOptionsError, build, check_options
from tactful_gateway.sinks.shapes.flat import SHAPE as FLAT
from tactful_gateway.sinks.shapes.flat import flat
from tactful_gateway.sinks.shapes.registry import ALL
from tactful_gateway.sinks.shapes.shaped import ShapedSink
from tactful_gateway.store.base import Changes, Keys
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import JournalEvent
from tactful_gateway.survey.check import check_texts
from tactful_rules.model.folder import SinkConfig
from tests.gateway.consumers.stage import ManualClock, ScriptedSink
from tests.gateway.sinks.receiver import Receiver
from tests.gateway.sinks.shapes.story import SURVEY, journal

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = {"posthog": {"api_key": "${POSTHOG_KEY}"}}
REFUSED = [
    ({"shape": "round"}, [("shape", "bad_value")]),
    ({"shape": "posthog"}, [("posthog", "missing_key")]),
    ({"shape": "posthog", "posthog": {"api_ky": "hunter2"}}, [("posthog.api_ky", "unknown_key")]),
    ({"shape": "posthog", "posthog": {}}, [("posthog", "wrong_type")]),
    ({"shape": "flat", **KEY}, [("posthog", "unknown_key")]),
    (KEY, [("posthog", "unknown_key")]),
]


@pytest.mark.parametrize("shape", ALL)
def test_every_shape_may_be_chosen(shape: str) -> None:
    more = KEY if shape == "posthog" else {}
    assert check_options("jsonl", {"path": "a", "shape": shape, **more}) == []


@pytest.mark.parametrize(("options", "found"), REFUSED)
def test_bad_options_of_a_shape_are_named_without_their_values(
    options: dict[str, object], found: list[tuple[str, str]]
) -> None:
    problems = check_options("jsonl", {"path": "a", **options})
    assert [(problem.key, problem.code) for problem in problems] == found
    assert all("hunter2" not in problem.message for problem in problems)


def test_checking_a_folder_finds_an_event_that_the_shape_can_not_say() -> None:
    sinks = """
sinks:
  file:
    kind: jsonl
    path: a.jsonl
    shape: flat
    events: [response.completed, person.opted_out]
"""
    (problem,) = check_texts({"survey.yaml": SURVEY, "sinks.yaml": sinks}, NOW).errors
    assert (problem.code, problem.position.file, problem.position.line) == ("bad_value", "sinks.yaml", 7)
    assert "no form for person.opted_out; it has one for response.completed, response.updated" in problem.message


def test_building_refuses_an_event_that_the_shape_can_not_say() -> None:
    config = SinkConfig(id="f", kind="jsonl", shape="flat", events=("person.opted_out",), options={"path": "a"})
    with pytest.raises(SinkOptionsError, match=r"no form for person\.opted_out"):
        build(config, SystemClock())


async def test_a_file_gets_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    sink = build(SinkConfig(id="f", kind="jsonl", shape="flat", options={"path": str(path)}), SystemClock())
    told = await journal()
    await deliver_to(sink, [told["response.updated"], told["response.completed"]])
    await sink.close()
    rows = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    assert [(row["complete"], row.get("text_why")) for row in rows] == [(False, None), (True, "=1+1, they said")]


async def test_a_webhook_signs_the_shape_that_it_sends(receiver: Receiver) -> None:
    options = {"url": receiver.url, "secret": SECRET, "allow_private": True, "posthog": {"api_key": "phc_x"}}
    sink = build(SinkConfig(id="hook", kind="webhook", shape="posthog", options=options), SystemClock())
    await sink.open()
    completed = (await journal())["response.completed"]
    await sink.deliver([completed], SystemClock().now())
    await sink.close()
    (request,) = receiver.accepted
    capture = Webhook(SECRET).verify(request.body, request.headers)
    assert (capture["event"], capture["api_key"], capture["uuid"]) == ("survey sent", "phc_x", completed.id)
    assert request.headers["webhook-id"] == completed.id


async def test_one_event_without_a_form_goes_to_the_dead_letters_whole_and_the_others_arrive() -> None:
    told = await journal()
    strange = delivery(1)
    with pytest.raises(PermanentError, match="no form in the shape flat"):
        await ShapedSink(ScriptedSink(), flat, FLAT.name).deliver([strange], NOW)
    store, sink, clock = MemoryStore(), ScriptedSink(batch=10), ManualClock()
    for one in (told["response.updated"], strange, told["response.completed"]):
        event = msgspec.json.decode(one.body, type=JournalEvent)
        await store.transact(Keys(), lambda _, event=event: Changes(events=[event]))
    config = SinkConfig(id="s", kind="x", shape="flat", from_="beginning", events=FLAT.events)
    async with Consumers(store, {"s": (config, ShapedSink(sink, flat, FLAT.name))}, clock, lambda: 0.5) as consumers:
        await clock.quiet()
        (status,) = consumers.status()
    assert (status.delivered, status.dead, status.pending) == (2, 1, 0)
    assert [msgspec.json.decode(one.body)["complete"] for one in sink.got] == [False, True]
    (letter,) = await store.dead_letters("sink/s", 10)
    assert msgspec.json.decode(letter.body)["data"] == msgspec.json.decode(strange.body)["data"]


def test_a_table_of_events_takes_no_other_shape() -> None:
    (problem,) = check_options("postgres", {"url": "postgresql://localhost/x", "shape": "flat"})
    assert (problem.key, problem.message) == ("shape", "the `shape` of a sink of kind postgres is cloudevents")
