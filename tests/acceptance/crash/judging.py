"""What must hold after every fault: nothing acknowledged lost, nothing doubled, everybody's events in their order."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from tactful_gateway.settings import GatewaySettings
from tactful_gateway.storage import open_for_keys
from tests.acceptance.conservation import assert_conserved
from tests.acceptance.crash.destinations import LIFE, Arrival
from tests.acceptance.crash.world import World

Event = dict[str, Any]


def judge_store(world: World, acknowledged: Mapping[str, Sequence[str]]) -> list[str]:
    """Say everything that is wrong in the database; nothing, as it should be."""
    rows = world.journal()
    if any(one.seq >= other.seq for one, other in pairwise(rows)):
        return ["the journal's numbers do not rise"]
    events: list[Event] = [msgspec.json.decode(row.body) for row in rows]
    wrong = [*_judge_journal(events, acknowledged), *asyncio.run(_judge_persons(world, acknowledged))]
    return wrong if world.database else [*wrong, *_judge_file(world)]


def judge_sinks(world: World) -> list[str]:
    """Say everything that is wrong at the destinations, once nothing is pending."""
    events: list[Event] = [msgspec.json.decode(row.body) for row in world.journal()]
    wrong = list(world.messages.wrong())
    for it in world.destinations:
        wanted = [event for event in events if is_answers(event, it.wanted)]
        wrong += (f"{it.name}: {what}" for what in judge_sink(wanted, it.arrived()))
    return wrong


def judge_books(world: World) -> Iterator[str]:
    """Say where a gateway's counters do not balance, now that nobody calls."""
    for gateway in world.gateways:
        try:
            books = assert_conserved(gateway.url)
        except AssertionError as error:
            yield f"the counters do not balance: {error}"
        else:
            late = {name: number for name, number in (books.pending + books.dead).items() if number}
            if late:
                yield f"pending or dead: {late}"


def kind_of(event: Event) -> str:
    """Give an event's type without the prefix."""
    return str(event["type"]).removeprefix("tactful.")


def is_answers(event: Event, kinds: Sequence[str]) -> bool:
    """Tell whether an event is of the crowd's answers, and one of these."""
    return kind_of(event) in kinds and event["data"]["channel"] == "web"


def _judge_journal(events: Sequence[Event], acknowledged: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if len({event["id"] for event in events}) != len(events):
        yield "an id is in the journal twice"
    lives, answered = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for event in events:
        if is_answers(event, LIFE):
            lives[event["data"]["invitation"]].append(kind_of(event))
        if is_answers(event, LIFE[-1:]):
            answered[event["subject"]].append(event["data"]["invitation"])
    for person, invitations in acknowledged.items():
        lost = set(invitations).difference(answered[person])
        if lost:
            yield f"{person}: {len(lost)} acknowledged answers are not in the journal"
        elif answered[person] != list(invitations):
            yield f"{person}: {len(invitations)} answers in order, the journal has {len(answered[person])} or others"
    for invitation, kinds in lives.items():
        if kinds != list(LIFE):
            yield f"{invitation}: the journal tells {kinds}"


async def _judge_persons(world: World, acknowledged: Mapping[str, Sequence[str]]) -> list[str]:
    """See that the persons agree with the journal: both are of one transaction."""
    store = await open_for_keys(GatewaySettings(db=world.db))
    try:
        kept = {person: (await store.person(person)).answers for person in acknowledged}
    finally:
        await store.close()
    wrong = [person for person, answers in kept.items() if answers != len(acknowledged[person])]
    return [f"{person} has {kept[person]} answers of {len(acknowledged[person])}" for person in wrong]


def judge_sink(wanted: Sequence[Event], arrivals: Sequence[Arrival]) -> Iterator[str]:
    """Say what is wrong at a destination, once it has left out what it had already, by id."""
    places: dict[str, Any] = {}
    told: dict[str, Event] = {}
    for place, event in arrivals:
        places.setdefault(event["id"], place)
        if told.setdefault(event["id"], event) != event:
            yield f"{event['id']} came again and said something else"
    ids = [event["id"] for event in wanted]
    if lost := set(ids) - places.keys():
        yield f"{len(lost)} events are missing"
    if invented := places.keys() - set(ids):
        yield f"{len(invented)} events arrived that are not in the journal"
    latest: dict[str, Any] = {}
    for event in wanted:
        place, person = places.get(event["id"]), event["subject"]
        if place is not None:
            if person in latest and place < latest[person]:
                yield f"{person}'s events came in another order than they happened"
            latest[person] = place


def _judge_file(world: World) -> Iterator[str]:
    db = sqlite3.connect(world.file)
    try:
        found = db.execute("PRAGMA integrity_check").fetchall()
    finally:
        db.close()
    if found != [("ok",)]:
        yield f"the file is damaged: {found[:3]}"
