"""What any store must do with wake-ups; part of `StoreContract`."""

from __future__ import annotations

from tactful_gateway.contracts.samples import NOW, wake_up
from tactful_gateway.contracts.transactions import write
from tactful_gateway.store.base import Store


class WakeUpContract:
    """The promises about the schedule, one test each."""

    async def test_lanes_are_counted_with_what_they_have_due_or_not(self, store: Store) -> None:
        """A lane from which everything went is none."""
        assert dict(await store.scheduled()) == {}
        made = [wake_up("a", 5), wake_up("b", 7), wake_up("c", 1, lane="sms")]
        await write(store, wake_ups=made)
        assert dict(await store.scheduled()) == {"": 2, "sms": 1}
        await write(store, woken=made[1:])
        assert dict(await store.scheduled()) == {"": 1}

    async def test_wake_ups_come_when_they_are_due_the_earliest_first(self, store: Store) -> None:
        """Each lane by itself; equal instants in the order of their invitations, and the limit holds."""
        made = [wake_up("c", 5), wake_up("a", 7), wake_up("b", 5), wake_up("d", 9), wake_up("e", 1, lane="sms")]
        await write(store, wake_ups=made)
        assert list(await store.due("", NOW + 8, 10)) == [wake_up("b", 5), wake_up("c", 5), wake_up("a", 7)]
        assert list(await store.due("", NOW + 7, 2)) == [wake_up("b", 5), wake_up("c", 5)]
        assert list(await store.due("", NOW + 4, 10)) == []
        assert list(await store.due("sms", NOW + 1, 10)) == [wake_up("e", 1, lane="sms")]
        assert list(await store.due("email", NOW + 9, 10)) == []

    async def test_an_answered_wake_up_is_gone_and_its_neighbours_stay(self, store: Store) -> None:
        """Answering it twice is no mistake, and neither is one that never was."""
        same_instant, same_invitation = wake_up("b", 5), wake_up("a", 6)
        await write(store, wake_ups=[wake_up("a", 5), same_instant, same_invitation])
        await write(store, woken=[wake_up("a", 5)])
        await write(store, woken=[wake_up("a", 5), wake_up("z", 5), wake_up("b", 5, lane="sms")])
        assert list(await store.due("", NOW + 9, 10)) == [same_instant, same_invitation]

    async def test_a_wake_up_asked_for_twice_comes_once(self, store: Store) -> None:
        """Whoever looks again and again leaves no heap; one answered and asked for in one commit stays."""
        await write(store, wake_ups=[wake_up("a", 5), wake_up("a", 5)])
        await write(store, wake_ups=[wake_up("a", 5)])
        assert list(await store.due("", NOW + 9, 10)) == [wake_up("a", 5)]
        await write(store, woken=[wake_up("a", 5)], wake_ups=[wake_up("a", 5)])
        assert list(await store.due("", NOW + 9, 10)) == [wake_up("a", 5)]
        many = [wake_up(f"i-{place:04}", 6) for place in range(1_001)]
        await write(store, wake_ups=many)
        await write(store, woken=[wake_up("a", 5), *many[:-1]])
        assert list(await store.due("", NOW + 9, 10)) == many[-1:]
