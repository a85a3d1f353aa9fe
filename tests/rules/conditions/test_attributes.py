"""What conditions of rules may name, and when it is missing."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tactful_rules.conditions import Attributes
from tactful_rules.model.attributes import BUILT_IN
from tactful_rules.model.event import Device, Event, Page
from tactful_rules.model.ids import DAY, HOUR
from tactful_rules.model.person import NOBODY, PersonState

NOW = 1_795_305_600_000  # 2026-11-22T00:00:00Z, a Sunday
UTC = ZoneInfo("UTC")


def look(name: str, *, state: PersonState = NOBODY, zone: str = "UTC", **event: Any) -> object:
    whole = Event(touchpoint="payment", person="u", event_id="e", **event)
    return Attributes(whole, state, NOW, ZoneInfo(zone))[name]


def test_a_param_is_found_by_its_declared_path() -> None:
    assert look("order.kind", params={"order.kind": "combo"}) == "combo"


def test_traits_are_found_nested_and_flat() -> None:
    assert look("person.visits", traits={"visits": 3}) == 3
    assert look("person.address.city", traits={"address": {"city": "上海"}}) == "上海"
    assert look("person.address.city", traits={"address.city": "上海"}) == "上海"
    assert look("person.address.city", traits={"address": "上海"}) is None


def test_a_person_s_id_is_no_trait_and_can_be_tested_all_the_same() -> None:
    assert look("person.id") == "u"
    assert look("person.id", traits={"id": "somebody else"}) == "u"


def test_history_counts_are_zero_and_times_missing_for_a_stranger() -> None:
    assert [look(f"history.{name}") for name in ("asks", "answers", "dismissals")] == [0, 0, 0]
    assert look("history.days_since_asked") is None
    assert look("history.days_since_answered") is None
    assert look("history.last_score") is None


@pytest.mark.parametrize(("ago", "days"), [(0, 0), (DAY - 1, 0), (DAY, 1), (3 * DAY + HOUR, 3), (-HOUR, 0)])
def test_days_since_are_whole_days(ago: int, days: int) -> None:
    assert look("history.days_since_asked", state=PersonState(last_asked=NOW - ago)) == days


@pytest.mark.parametrize(
    ("zone", "hour", "weekday", "day"),
    [
        ("UTC", 0, "sun", "2026-11-22"),
        ("Asia/Shanghai", 8, "sun", "2026-11-22"),
        ("America/New_York", 19, "sat", "2026-11-21"),
    ],
)
def test_the_clock_is_the_persons(zone: str, hour: int, weekday: str, day: str) -> None:
    assert (look("now.hour", zone=zone), look("now.weekday", zone=zone), look("now.date", zone=zone)) == (
        hour,
        weekday,
        day,
    )


def test_page_and_device_are_found_and_else_missing() -> None:
    assert look("page.path", page=Page(path="/menu")) == "/menu"
    assert look("device.type", device=Device(type="phone")) == "phone"
    assert look("page.path") is None


@pytest.mark.parametrize(
    "name", ["nope", "page.nope", "device.__class__", "history.open", "now.minute", "page", "person", ""]
)
def test_a_name_that_means_nothing_is_missing(name: str) -> None:
    assert look(name) is None


def test_every_built_in_attribute_can_be_looked_up() -> None:
    state = PersonState(asks=1, answers=1, dismissals=1, last_asked=NOW, last_answered=NOW, last_score=9)
    page = Page(url="u", path="p", referrer="r", title="t", locale="l")
    device = Device(type="phone", os="iOS", browser="Safari")
    for name in BUILT_IN:
        assert look(name, state=state, page=page, device=device) is not None
