"""What any store must do with letters that are tried again, and with orders; part of `StoreContract`."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.contracts.samples import NOW, event, letter
from tactful_gateway.contracts.transactions import write
from tactful_gateway.store.base import Store
from tactful_gateway.store.personal.base import ERASED
from tactful_gateway.store.records import Cursor, LetterCount, Order


class LetterContract:
    """The promises about letters and orders, one test each."""

    async def test_letters_are_read_page_by_page(self, store: Store) -> None:
        """`after` is not included."""
        letters = [letter("a", seq) for seq in range(1, 8)]
        await store.save_cursor("a", Cursor(seq=7), letters)
        assert list(await store.dead_letters("a", 3)) == letters[:3]
        assert list(await store.dead_letters("a", 3, 3)) == letters[3:6]
        assert list(await store.dead_letters("a", 3, 7)) == []

    async def test_letters_are_tried_again_only_when_somebody_asked(self, store: Store) -> None:
        """Chosen ones, or all; each is counted once; those of another consumer stay dead."""
        await store.save_cursor("a", Cursor(seq=5), [letter("a", seq) for seq in range(1, 6)])
        await store.save_cursor("b", Cursor(seq=5), [letter("b", 1)])
        assert list(await store.due_letters("a", NOW, 9)) == []
        assert await store.count_letters("a") == LetterCount(dead=5)
        assert await store.retry_letters("a", NOW, [4, 2, 77]) == 2
        assert await store.retry_letters("a", NOW + 5, [4]) == 0
        assert await store.count_letters("a") == LetterCount(dead=3, waiting=2, due=NOW)
        assert list(await store.due_letters("a", NOW - 1, 9)) == []
        assert await store.retry_letters("a", NOW + 5) == 3
        found = await store.due_letters("a", NOW + 5, 4)
        assert [(it.seq, it.due) for it in found] == [(2, NOW), (4, NOW), (1, NOW + 5), (3, NOW + 5)]
        assert [it.due for it in await store.dead_letters("a", 9)] == [NOW + 5, NOW, NOW + 5, NOW, NOW + 5]
        assert await store.count_letters("b") == LetterCount(dead=1)
        assert await store.count_letters("c") == LetterCount()

    async def test_letters_that_were_tried_again_are_settled_put_off_or_dead_once_more(self, store: Store) -> None:
        """All in the transaction that moves the cursor."""
        await store.save_cursor("a", Cursor(seq=5), [letter("a", seq) for seq in range(1, 5)])
        await store.retry_letters("a", NOW)
        put_off = replace(letter("a", 2), tries=1, attempts=4, due=NOW + 60)
        dead = replace(letter("a", 3), attempts=5, answer="no such hook")
        await store.save_cursor("a", Cursor(seq=6, delivered=1), again=[put_off, dead], settled=[1, 88])
        assert list(await store.dead_letters("a", 9)) == [put_off, dead, replace(letter("a", 4), due=NOW)]
        assert await store.count_letters("a") == LetterCount(dead=1, waiting=2, due=NOW)
        await store.save_cursor("a", Cursor(seq=6), settled=[2, 3, 4])
        await store.save_cursor("a", Cursor(seq=6), again=[put_off, dead])
        assert await store.count_letters("a") == LetterCount()

    async def test_what_was_erased_meanwhile_does_not_come_back_with_a_letter(self, store: Store) -> None:
        """Neither one that is buried then, nor one that was being tried again."""
        await write(store, events=[event(1), event(2)])
        early, late = await store.journal(0, 9)
        letters = [replace(letter("a", row.seq), subject=row.subject) for row in (early, late)]
        await store.save_cursor("a", Cursor(seq=early.seq), letters[:1])
        await store.retry_letters("a", NOW)
        while any(row.type != ERASED for row in await store.journal(0, 9)):
            await store.personal.sweep(early.subject)
        assert await store.count_letters("a") == LetterCount()
        await store.save_cursor("a", Cursor(seq=late.seq), letters[1:], again=[replace(letters[0], due=NOW)])
        assert await store.count_letters("a") == LetterCount()
        assert list(await store.dead_letters("a", 9)) == []

    async def test_many_letters_are_tried_again_and_settled_at_once(self, store: Store) -> None:
        """More than a database takes in one question."""
        seqs = range(1, 1_501)
        await store.save_cursor("a", Cursor(seq=1_500), [letter("a", seq) for seq in seqs])
        assert await store.retry_letters("a", NOW, seqs[:1_200]) == 1_200
        assert await store.retry_letters("a", NOW) == 300
        await store.save_cursor("a", Cursor(seq=1_500), settled=seqs[:1_400])
        assert await store.count_letters("a") == LetterCount(waiting=100, due=NOW)

    async def test_orders_wait_until_the_cursor_says_that_they_were_followed(self, store: Store) -> None:
        """Their numbers rise; those of another consumer stay."""
        one = await store.give_order("a")
        other = await store.give_order("b", 5)
        two = await store.give_order("a", 0)
        assert one < two
        assert list(await store.orders("a")) == [Order(one), Order(two, 0)]
        await store.save_cursor("a", Cursor(seq=5))
        assert len(await store.orders("a")) == 2
        await store.save_cursor("a", Cursor(seq=5, order=one))
        assert list(await store.orders("a")) == [Order(two, 0)]
        await store.save_cursor("a", Cursor(seq=0, order=two))
        assert list(await store.orders("a")) == []
        assert list(await store.orders("b")) == [Order(other, 5)]
        assert await store.give_order("a") > two
