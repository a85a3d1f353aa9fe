"""What any store must do with what is old; part of `StoreContract`."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from tactful_gateway.contracts.samples import NOW, event, full_invitation, full_person, letter, wake_up
from tactful_gateway.contracts.transactions import read, write
from tactful_gateway.store.base import Keys, Store
from tactful_gateway.store.personal.base import ERASED, Cut
from tactful_gateway.store.records import Cursor, InvitationRecord
from tactful_rules.model.ids import DAY, MINUTE, rfc3339, uuid7


def answered(at: int, number: int = 0, *, life: int = DAY) -> InvitationRecord:
    """Make an invitation as a gateway would: decided and answered at an instant."""
    made = uuid7(at, number.to_bytes(10, "big"))
    return replace(
        full_invitation(made),
        lookup=made.encode(),
        decided_at=at,
        displayed_at=at,
        answered_at=at,
        sent_at=at,
        closed_at=at,
        expires_at=at + life,
    )


async def tell(store: Store, *ats: int) -> None:
    """Write a journal event of each instant."""
    await write(store, events=[replace(event(place), time=rfc3339(at)) for place, at in enumerate(ats)])


async def seqs(store: Store) -> list[int]:
    """Give the numbers in the journal."""
    return [row.seq for row in await store.journal(0, 10_000)]


class AgeingContract:
    """The promises about what is old, one test each."""

    async def test_responses_go_when_they_are_too_old(self, store: Store) -> None:
        """By the last that can have happened to them; in any number, and with nothing that others need."""
        old = [answered(NOW - 40 * DAY + place, place) for place in range(500)]
        old.append(replace(answered(NOW - 40 * DAY, 602, life=90 * DAY), complete=True, completed_at=NOW - 31 * DAY))
        lives = answered(NOW - 40 * DAY, 600, life=90 * DAY)
        late = replace(answered(NOW - 40 * DAY, 601), complete=True, completed_at=NOW - 29 * DAY)
        young = answered(NOW - 29 * DAY)
        untold = replace(answered(NOW - 40 * DAY, 603), status="open", closed_at=None)  # its expiry is still to come
        kept = [lives, late, young, untold]
        await write(store, invitations={it.id: it for it in [*old, *kept]}, persons={"p": full_person()})
        await write(store, wake_ups=[wake_up(kept[0].id, 5), wake_up(old[0].id, 5)])
        assert await store.personal.drop_invitations(NOW - 30 * DAY) == 501
        assert await store.personal.drop_invitations(NOW - 30 * DAY) == 0
        loaded = await read(store, Keys(invitations=frozenset(it.id for it in [*old, *kept])))
        assert loaded.invitations.keys() == {it.id for it in kept}
        assert await store.invitation(old[7].lookup) is None
        assert await store.person("p") == full_person()
        assert list(await store.due("", NOW + 9, 9)) == [wake_up(kept[0].id, 5)]

    async def test_the_journal_is_cut_by_age_and_its_numbers_go_on(self, store: Store) -> None:
        """In any number; a number is never given twice, even where nothing is left."""
        await tell(store, *range(NOW - 500, NOW + 3))
        assert await store.personal.cut_journal(NOW) == Cut(500, {})
        assert await seqs(store) == [501, 502, 503]
        assert await store.personal.cut_journal(NOW) == Cut(0, {})
        assert (await store.personal.cut_journal(NOW + DAY)).dropped == 2
        (last,) = await store.journal(0, 9)
        assert (last.seq, last.type, last.subject, last.body) == (503, ERASED, "", b"")
        assert await store.head() == 503
        await tell(store, NOW + DAY)
        assert await seqs(store) == [503, 504]
        assert [row.seq for row in await store.journal(503, 9)] == [504]

    async def test_no_cut_passes_a_cursor(self, store: Store) -> None:
        """Whoever lags, is stopped or was forgotten keeps what it lacks, and is named with how much that is."""
        await tell(store, *range(NOW - 300, NOW + 1))
        await store.save_cursor("far", Cursor(seq=301))
        await store.save_cursor("lags", Cursor(seq=290))
        await store.save_cursor("stopped", Cursor(seq=40, stopped="410"))
        assert await store.personal.cut_journal(NOW) == Cut(40, {"lags": 10, "stopped": 260})
        assert (await seqs(store))[0] == 41
        await store.save_cursor("stopped", Cursor(seq=295))
        assert await store.personal.cut_journal(NOW) == Cut(250, {"lags": 10, "stopped": 5})
        assert (await seqs(store))[0] == 291
        assert dict(await store.personal.cursors()).keys() == {"far", "lags", "stopped"}

    async def test_a_clock_that_went_back_lets_nothing_young_go(self, store: Store) -> None:
        """Rows are judged one by one; what is old behind a young one may wait for a later cut."""
        ats = [NOW - 9, NOW + 50, NOW - 8, NOW + 60, NOW - 7, NOW - 6, NOW + 70]
        await tell(store, *ats)
        await store.personal.cut_journal(NOW)
        left = await store.journal(0, 9)
        assert {row.at for row in left} >= {at for at in ats if at >= NOW}
        await store.personal.cut_journal(NOW + 100)
        assert [(row.seq, row.body) for row in await store.journal(0, 9)] == [(7, b"")]

    async def test_dead_letters_go_when_they_are_too_old(self, store: Store) -> None:
        """In any number, whosever they are."""
        old = [replace(letter(sink, seq), at=NOW - 1) for sink in ("a", "b") for seq in range(1, 302)]
        young = [letter("a", 900), letter("b", 901)]
        for sink in ("a", "b"):
            await store.save_cursor(sink, Cursor(seq=1), [it for it in [*old, *young] if it.consumer == sink])
        assert await store.personal.drop_dead_letters(NOW) == 602
        assert [*await store.dead_letters("a", 999), *await store.dead_letters("b", 999)] == young

    async def test_a_consumer_that_is_gone_for_good_can_be_forgotten(self, store: Store) -> None:
        """With its letters and orders, in any number; others keep theirs, and the journal may be cut then."""
        await tell(store, *range(NOW - 9, NOW + 1))
        for sink in ("gone", "stays"):
            await store.save_cursor(
                sink, Cursor(seq=9 if sink == "stays" else 2), [letter(sink, it) for it in range(1, 302)]
            )
            await store.give_order(sink)
        await store.retry_letters("gone", NOW, [5, 6])
        assert await store.personal.forget_consumer("gone") == 301
        assert await store.personal.forget_consumer("gone") is None
        assert (await store.cursor("gone"), list(await store.orders("gone"))) == (None, [])
        assert list(await store.dead_letters("gone", 9)) == list(await store.due_letters("gone", NOW + 9, 9)) == []
        assert len(await store.dead_letters("stays", 999)) == 301
        assert len(await store.orders("stays")) == 1
        assert await store.personal.cut_journal(NOW) == Cut(9, {})

    async def test_commits_go_on_while_the_journal_is_cut(self, store: Store) -> None:
        """And nothing that they wrote is missing afterwards."""
        await tell(store, *range(NOW - 1_000, NOW))
        cutting = asyncio.create_task(store.personal.cut_journal(NOW))
        for place in range(20):
            await tell(store, NOW + MINUTE + place)
        assert (await cutting).dropped >= 999
        rows = [row for row in await store.journal(0, 9_999) if row.at > NOW]
        assert len(rows) == 20
