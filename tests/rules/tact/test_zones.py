"""Whose clock counts; a bad name falls through to the next source, never to an error."""

from __future__ import annotations

import pytest

from tactful_rules.model.event import Event
from tactful_rules.model.person import PersonState
from tactful_rules.model.ruleset import Settings
from tactful_rules.tact import find_zone, nearest_zone, timezone_of, zone_of

BAD = [
    "",
    "Nowhere/City",
    "America",
    "../etc/passwd",
    "/etc/localtime",
    "x" * 10_000,
    "\0",
    "\ud800",
    "UTC+8",
    "posix",
    ".",
]


def source(event: str | None, person: str | None, settings: str = "Asia/Shanghai") -> tuple[str, str]:
    call = Event(touchpoint="t", person="u", event_id="e", timezone=event)
    zone, name = timezone_of(call, PersonState(timezone=person), zone_of(Settings(timezone=settings)))
    return zone.key, name


def test_the_event_comes_before_the_person_before_the_settings() -> None:
    assert source("Europe/Berlin", "Asia/Tokyo") == ("Europe/Berlin", "event")
    assert source(None, "Asia/Tokyo") == ("Asia/Tokyo", "person")
    assert source(None, None) == ("Asia/Shanghai", "settings")


def test_what_the_caller_says_of_the_person_comes_before_what_is_remembered() -> None:
    call = Event(touchpoint="t", person="u", event_id="e", traits={"timezone": "Europe/Berlin"})
    zone, name = timezone_of(call, PersonState(timezone="Asia/Tokyo"), zone_of(Settings()))
    assert (zone.key, name) == ("Europe/Berlin", "person")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_name_falls_through(name: str) -> None:
    assert find_zone(name) is None
    assert source(name, "Asia/Tokyo") == ("Asia/Tokyo", "person")
    assert source(name, name) == ("Asia/Shanghai", "settings")
    assert source(None, None, name) == ("UTC", "settings")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Asia/Shanghia", "Asia/Shanghai"),
        ("europe/berlin", "Europe/Berlin"),
        ("Europe-Berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
    ],
)
def test_a_misspelt_zone_or_its_city_alone_is_understood(name: str, meant: str) -> None:
    assert nearest_zone(name) == meant


@pytest.mark.parametrize("name", ["CST", "BST", "EST5", "GMT+8", "GMT+08", "UTC+08:00", "Etc/GMT+15", "PST8PTD"])
def test_no_abbreviation_and_no_offset_is_taken_for_another_one_s(name: str) -> None:
    assert nearest_zone(name) is None


@pytest.mark.parametrize("name", [*BAD, "Asia/Beijing", "Europe/Peking", "x/" * 100_000])
def test_what_no_zone_is_like_is_taken_for_none(name: str) -> None:
    assert nearest_zone(name) is None
