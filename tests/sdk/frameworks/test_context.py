"""What a request tells fills in what a touchpoint leaves out, and nothing else, wherever the call is made."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tactful import InvalidCallError
from tactful.context import CARRIED, Carried, carried, carry
from tactful.testing import FakeAsyncTactful, FakeTactful, asked

PAGE = {"url": "https://shop.example/pay", "path": "/pay"}


def test_what_is_left_out_is_filled_in(sdk: FakeTactful) -> None:
    with carry("u-1", locale="de", user_agent="agent", page=PAGE):
        assert sdk.touchpoint("payment", event_id="e-1").ask
    assert sdk.touchpoints == [
        {
            "touchpoint": "payment",
            "person": "u-1",
            "event_id": "e-1",
            "locale": "de",
            "page": PAGE,
            "device": {"user_agent": "agent"},
        }
    ]


def test_what_is_said_counts(sdk: FakeTactful) -> None:
    said = {"person": {"id": "u-2"}, "locale": "fr", "page": {"path": "/"}, "device": {"type": "bot"}}
    with carry("u-2", locale="de", user_agent="agent", page=PAGE):
        sdk.touchpoint("payment", event_id="e-1", **said)  # type: ignore[arg-type]  # the arguments of the call
    assert sdk.touchpoints == [{"touchpoint": "payment", "event_id": "e-1"} | said]


OTHERS = [("u-2", "e-1"), ({"id": "u-2"}, "e-2")]
REQUESTS: dict[str, Any] = {
    "somebody": "u-1",
    "a map": {"id": "u-1", "visits": 3},
    "told": lambda: "u-1",
    "nobody": lambda: None,
    "failing": lambda: {}["u-2"],
    "only async": lambda: _later("u-1"),
}


@pytest.mark.parametrize("person", REQUESTS.values(), ids=REQUESTS)
async def test_a_request_says_nothing_of_somebody_else(sdk: FakeTactful, person: Any) -> None:
    async with FakeAsyncTactful({"payment": asked()}) as other:
        with carry(person, locale="de", user_agent="Java/17", page=PAGE):
            sdk.touchpoint("payment", "u-2", event_id="e-1")
            sdk.touchpoint("payment", {"id": "u-2"}, event_id="e-2")
            await other.touchpoint("payment", "u-2", event_id="e-1")
            await other.touchpoint("payment", {"id": "u-2"}, event_id="e-2")
    bare = [{"touchpoint": "payment", "person": who, "event_id": event_id} for who, event_id in OTHERS]
    assert sdk.touchpoints == other.touchpoints == bare


async def test_who_names_the_requests_own_person_or_carries_none_need_not_repeat_the_rest(sdk: FakeTactful) -> None:
    named = {"id": "u-1", "visits": 3}
    known = {"locale": "de", "device": {"user_agent": "agent"}, "page": PAGE}
    async with FakeAsyncTactful({"payment": asked()}) as other:
        for person in ("u-1", {"id": "u-1", "plan": "gold"}, lambda: "u-1", None):
            with carry(person, locale="de", user_agent="agent", page=PAGE):  # type: ignore[arg-type]  # one of them
                sdk.touchpoint("payment", named, event_id="e-1")
                await other.touchpoint("payment", named, event_id="e-1")
        with carry(lambda: _later("u-1"), locale="de", user_agent="agent", page=PAGE):
            await other.touchpoint("payment", named, event_id="e-1")
    whole = {"touchpoint": "payment", "event_id": "e-1", "person": named, **known}
    assert sdk.touchpoints == [whole] * 4
    assert other.touchpoints == [whole] * 5


@pytest.mark.parametrize("carries", [True, False])
def test_the_locale_of_a_person_is_more_than_that_of_a_browser(sdk: FakeTactful, carries: bool) -> None:
    person = {"id": "u-1", "locale": "fr"}
    with carry(person if carries else None, locale="de"):
        sdk.touchpoint("payment", None if carries else person)
    assert "locale" not in sdk.touchpoints[0]


def test_outside_a_request_nothing_changes(sdk: FakeTactful, caplog: pytest.LogCaptureFixture) -> None:
    with carry("u-1", locale="de"):
        pass
    with carry(locale="de"):
        assert sdk.touchpoint("payment").reason == "unavailable"
    assert sdk.touchpoint("payment").reason == "unavailable"
    assert "there is no person" in caplog.text
    sdk.touchpoint("payment", "u-2", event_id="e-1")
    assert sdk.touchpoints == [{"touchpoint": "payment", "person": "u-2", "event_id": "e-1"}]


def _fail(request: Carried) -> None:
    assert CARRIED.get() is request
    raise ZeroDivisionError


def test_requests_nest_and_end_as_they_began_also_when_they_fail() -> None:
    outer, inner = Carried(), Carried()
    with carried(outer):
        with pytest.raises(ZeroDivisionError), carried(inner):
            _fail(inner)
        assert CARRIED.get() is outer
    assert CARRIED.get() is None


def test_nobody_is_asked_who_it_is_before_a_touchpoint_wants_to_know(sdk: FakeTactful) -> None:
    asked_for: list[str] = []
    with carried(Carried(lambda: asked_for.append("person") or "u-1", lambda: asked_for.append("page") or {})):
        assert asked_for == []
        sdk.touchpoint("payment", "u-2", locale="de", page={}, device={})
        assert asked_for == []
        sdk.touchpoint("payment", "u-2")
        assert asked_for == ["person"]
        sdk.touchpoint("payment")
        sdk.touchpoint("payment")
    assert asked_for == ["person", "person", "page", "person"]


def test_each_thread_has_a_request_of_its_own(sdk: FakeTactful) -> None:
    together = threading.Barrier(8)

    def handle(number: int) -> None:
        for turn in range(20):
            with carry(f"u-{number}", locale=f"l{number}"):
                together.wait(5)
                sdk.touchpoint("payment", event_id=f"{number}-{turn}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(handle, range(8)))
    assert len(sdk.touchpoints) == 160
    for call in sdk.touchpoints:
        number = call["event_id"].partition("-")[0]
        assert (call["person"], call["locale"]) == (f"u-{number}", f"l{number}")


async def test_each_task_has_a_request_of_its_own_and_hands_it_to_the_tasks_it_starts() -> None:
    async with FakeAsyncTactful({"payment": asked()}) as sdk:

        async def handle(number: int) -> None:
            with carry(f"u-{number}"):
                later = asyncio.create_task(call(f"{number}-later"))
                await asyncio.sleep(0.001 * (number % 3))
                await call(f"{number}-now")
                await asyncio.to_thread(lambda: None)
            await later

        async def call(event_id: str) -> None:
            await asyncio.sleep(0)
            await sdk.touchpoint("payment", event_id=event_id)

        await asyncio.gather(*(handle(number) for number in range(30)))
        assert len(sdk.touchpoints) == 60
        assert all(call["person"] == "u-" + call["event_id"].partition("-")[0] for call in sdk.touchpoints)


async def _later(person: str) -> str:
    await asyncio.sleep(0)
    return person


async def test_asyncio_waits_for_who_it_is() -> None:
    async with FakeAsyncTactful({"payment": asked()}) as sdk:
        with carry(lambda: _later("u-1")):
            assert (await sdk.touchpoint("payment")).ask
        with carry(lambda: "u-2"):
            assert (await sdk.touchpoint("payment")).ask
        with carry(lambda: asyncio.to_thread(lambda: _later("u-3"))):  # as a Django project may tell it
            assert (await sdk.touchpoint("payment")).ask
    assert [call["person"] for call in sdk.touchpoints] == ["u-1", "u-2", "u-3"]


async def test_waiting_for_who_it_is_counts_as_time_of_the_call(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAsyncTactful({"payment": asked()}, timeout=0.05) as sdk:
        with carry(lambda: asyncio.sleep(60, "u-1")):
            async with asyncio.timeout(2):
                assert (await sdk.touchpoint("payment")).reason == "unavailable"
    assert "not told in time" in caplog.text


def test_threads_cannot_wait_for_a_coroutine_and_say_so(sdk: FakeTactful, caplog: pytest.LogCaptureFixture) -> None:
    with carry(lambda: _later("u-1")):
        assert sdk.touchpoint("payment").reason == "unavailable"
    assert "only AsyncTactful" in caplog.text


def _fails() -> Any:
    raise KeyError("u-42 is a secret")


async def test_a_person_that_cannot_be_told_harms_nothing_and_its_place_is_logged(
    sdk: FakeTactful, caplog: pytest.LogCaptureFixture
) -> None:
    with carry(_fails):
        assert sdk.touchpoint("payment").reason == "unavailable"
        assert sdk.touchpoint("payment", "u-1").ask
        async with FakeAsyncTactful({"payment": asked()}) as other:
            assert (await other.touchpoint("payment")).reason == "unavailable"
            assert (await other.touchpoint("payment", "u-1")).ask
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(said) == 2
    assert all("KeyError at" in record.getMessage() and __file__ in record.getMessage() for record in said)
    assert "u-42" not in caplog.text


async def test_a_visitor_who_is_nobody_is_warned_of_once(sdk: FakeTactful, caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAsyncTactful({"payment": asked()}) as other:
        with carry(lambda: None):
            assert [sdk.touchpoint("payment").reason for _ in range(3)] == ["unavailable"] * 3
            assert sdk.touchpoint("payment").reason == "unavailable", "from another call site"
            assert (await other.touchpoint("payment")).reason == "unavailable"
    said = [record for record in caplog.records if "nobody is known" in record.getMessage()]
    assert [record.levelname for record in said] == ["WARNING", "WARNING"], "one for each client"
    assert sdk.touchpoints == other.touchpoints == []


async def test_errors_are_raised_where_that_is_wanted() -> None:
    with carry(_fails), FakeTactful({}, raise_errors=True) as sdk, pytest.raises(InvalidCallError, match="KeyError"):
        sdk.touchpoint("payment")
    async with FakeAsyncTactful({}, raise_errors=True) as other:
        with carry(lambda: None), pytest.raises(InvalidCallError, match="nobody is known"):
            await other.touchpoint("payment")
