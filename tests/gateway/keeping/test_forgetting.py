"""What is forgotten every hour, after how long, and what is said of it; one part keeps no other from being done."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from tactful_gateway.contracts.ageing import answered
from tactful_gateway.contracts.samples import NOW, event, letter, publication
from tactful_gateway.contracts.transactions import read, write
from tactful_gateway.keeping.forgetting import (
    AFTERLIFE,
    DROP_STEP,
    KEPT_VERSIONS,
    REMEMBER,
    REMEMBER_FEEDBACK,
    forget,
    forget_the_old,
    let_go,
)
from tactful_gateway.keeping.retention import Retention
from tactful_gateway.store.base import Keys, StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import Cursor, DecisionKey, RememberedDecision, SeenFeedback
from tactful_rules.model.decision import Verdict
from tactful_rules.model.ids import DAY, rfc3339
from tests.gateway.keeping.conftest import MovedClock


class Hour(MovedClock):
    """A clock whose first hour is where a test ends."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.over = asyncio.Event()

    async def sleep(self, span: int) -> None:
        self.over.set()
        await asyncio.Event().wait()


async def locked(*_: object, **__: object) -> None:
    raise StoreUnavailableError("the file is locked", "locked")


@pytest.mark.parametrize("part", ["forget", "scrub"])
async def test_a_part_that_can_not_be_done_keeps_no_other_from_being_done(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clock, scrubbed = MemoryStore(), Hour(), asyncio.Event()
    old = replace(answered(NOW - 40 * DAY), complete=True, completed_at=NOW - 40 * DAY)
    await write(store, invitations={old.id: old})

    async def scrub() -> None:
        scrubbed.set()

    monkeypatch.setattr(store.personal, "scrub", scrub)
    where: object = store if part == "forget" else store.personal
    monkeypatch.setattr(where, part, locked)
    task = asyncio.create_task(forget_the_old(store, clock, Retention(responses=30 * DAY), lambda _: None))
    async with asyncio.timeout(10):
        await clock.over.wait()
    task.cancel()
    assert await store.invitation(old.lookup) is None
    assert scrubbed.is_set() == (part == "forget")


async def test_what_was_decided_is_remembered_for_a_week_and_feedback_for_more_than_a_year() -> None:
    store = MemoryStore()
    for age, feedback in ((0, 0), (1, 1)):
        at, seen = NOW - REMEMBER - age, NOW - REMEMBER_FEEDBACK - feedback
        key = DecisionKey("p", "payment", f"e{age}")
        await write(
            store,
            decisions={key: RememberedDecision(at, Verdict(reason="no_rule"))},
            reports={f"r{age}": at},
            feedback={b"%d" % age: SeenFeedback(seen, b"d")},
        )
    await forget(store, NOW)
    keys = [DecisionKey("p", "payment", f"e{age}") for age in range(2)]
    found = await read(
        store, Keys(decisions=frozenset(keys), reports=frozenset({"r0", "r1"}), feedback=frozenset({b"0", b"1"}))
    )
    assert (list(found.decisions), list(found.reports), list(found.feedback)) == ([keys[0]], ["r0"], [b"0"])


async def test_all_versions_that_nobody_needs_are_dropped_in_however_many_steps() -> None:
    store, spent = MemoryStore(), 2 * DROP_STEP + 1
    for number in range(1, spent + 1 + KEPT_VERSIONS + 1):
        made = publication(number)
        at = NOW - AFTERLIFE - made.version.lasts - (number <= spent + 1)
        await write(store, published=[replace(made, version=replace(made.version, at=at))])
    await forget(store, NOW)
    assert [it.number for it in await store.versions(None, 999)][-1] == spent + 1


async def test_what_goes_by_age_is_said_and_nothing_where_nothing_goes() -> None:
    store, old = MemoryStore(), NOW - 40 * DAY
    gone = replace(answered(old), complete=True, completed_at=old)
    young = answered(NOW - 29 * DAY)
    events = [replace(event(1), time=rfc3339(old)), event(2)]
    await write(store, invitations={it.id: it for it in (gone, young)}, events=events)
    await store.save_cursor("sink/s", Cursor(seq=2), [replace(letter("sink/s", 1), at=old)])
    retention, held = Retention(responses=30 * DAY, journal=30 * DAY), list[object]()
    with capture_logs() as lines:
        await let_go(store, NOW, retention, held.append)
    said = [(line["event"], line["rows"]) for line in lines]
    assert said == [("responses_dropped", 1), ("dead_letters_dropped", 1), ("journal_cut", 1)]
    with capture_logs() as lines:
        await let_go(store, NOW, retention, held.append)
    assert (lines, held) == ([], [{}, {}])
    assert await store.invitation(young.lookup) == young
