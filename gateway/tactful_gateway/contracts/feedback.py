"""What any store must do with the memory of feedback from elsewhere; part of `StoreContract`."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.contracts.samples import NOW, event
from tactful_gateway.contracts.transactions import error_of, read, write
from tactful_gateway.store.base import Keys, Store
from tactful_gateway.store.records import SeenFeedback

KEY, OTHER = b"\x00" * 16, b"\xff\x00" * 8


class FeedbackContract:
    """The promises about feedback, one test each."""

    async def test_feedback_that_was_seen_is_known_again_by_its_key(self, store: Store) -> None:
        """The bytes come back as they were, and nothing is known of what was never seen."""
        seen = SeenFeedback(NOW, b"\x00digest\xff")
        await write(store, feedback={KEY: seen})
        loaded = await read(store, Keys(feedback=frozenset({KEY, OTHER})))
        assert loaded.feedback == {KEY: seen}
        assert (await read(store, Keys())).feedback == {}
        later = SeenFeedback(NOW + 1, b"another")
        await write(store, feedback={KEY: later})
        assert (await read(store, Keys(feedback=frozenset({KEY})))).feedback == {KEY: later}

    async def test_many_feedbacks_at_once_are_all_known_again(self, store: Store) -> None:
        """A batch of them may be larger than a database takes in one question."""
        seen = {place.to_bytes(16, "big"): SeenFeedback(NOW + place, b"%d" % place) for place in range(1_001)}
        await write(store, feedback=seen)
        assert (await read(store, Keys(feedback=frozenset({*seen, OTHER})))).feedback == seen

    async def test_feedback_is_remembered_with_its_event_or_not_at_all(self, store: Store) -> None:
        """A transaction that fails leaves nothing that would call the next try a duplicate."""
        broken = replace(event(1), data={"what": object()})
        spoilt = write(store, feedback={KEY: SeenFeedback(NOW, b"d")}, events=[event(0), broken])
        assert await error_of(spoilt) is not None
        assert (await read(store, Keys(feedback=frozenset({KEY})))).feedback == {}

    async def test_feedback_is_forgotten_by_an_age_of_its_own(self, store: Store) -> None:
        """It is remembered for longer than decisions are."""
        old = {place.to_bytes(16, "big"): SeenFeedback(NOW - 10, b"d") for place in range(1, 2_501)}
        await write(store, feedback={**old, KEY: SeenFeedback(NOW - 9, b"d")})
        await store.forget(NOW, feedback=NOW - 9)
        assert (await read(store, Keys(feedback=frozenset({*old, KEY})))).feedback.keys() == {KEY}
