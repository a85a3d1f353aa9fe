"""How far one sink has come. Every change of its numbers goes through here and is written down with what caused it.

They balance at every moment: accepted = delivered + pending + dead + erased. An event that is replayed is accepted once
more, and one that was dead then is not dead any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

import msgspec
import structlog
from msgspec.structs import replace

from tactful_gateway.clock import Clock
from tactful_gateway.consumers.feed import Feed, Page
from tactful_gateway.consumers.filtering import Wants
from tactful_gateway.consumers.handing import Outcome
from tactful_gateway.logs import Seldom
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_gateway.store.records import Cursor, DeadLetter, JournalRow, LetterCount, Order
from tactful_rules.model.ids import HOUR, MINUTE, SECOND, Instant, Span

STORE_RETRY: Span = SECOND
SAVE_EVERY = 1000
"""Rows passed over before the cursor is written although nothing was delivered."""
SAVE_AFTER: Span = 10 * MINUTE
"""And how long at the latest after it was written last: what it has not passed can't be cut from the journal."""
COUNT_AFTER: Span = HOUR
"""How long letters are taken to be as many as were counted: those that are too old go by themselves."""

log = structlog.get_logger()
T = TypeVar("T")


class Progress:
    """One sink's cursor, what waits behind it and its letters; nothing is known before `begin`.

    Numbers change together, once they are written: whoever looks sees them balance, and true.
    """

    def __init__(self, store: Store, clock: Clock, name: str, wants: Wants) -> None:
        self._store = store
        self._clock = clock
        self._wants = wants
        self.name = name
        self.cursor = Cursor(seq=0)
        self.saved = self.cursor
        self.letters = LetterCount()
        self.trouble = ""
        """What kept letters from arriving when they were tried again last."""
        self.feed: Feed | None = None
        self.stopping = False
        self._begun = False
        self._is_time = Seldom()
        self._saved_at = self._counted_at = clock.now()

    async def take_up(self, start: Callable[[], Awaitable[int]]) -> None:
        """Take up the cursor where it was left; a new one begins at `start`."""
        cursor = await self._store.cursor(self.name)
        self.letters = await self._store.count_letters(self.name)
        if cursor is None:
            cursor = Cursor(seq=await start(), accepted=0)
            await self._store.save_cursor(self.name, cursor)
        self.saved = self.cursor = _with_erased(cursor, self.letters)
        if not self._begun:
            # Starting the gateway starts a stopped sink again: one attempt tells whether the destination is back.
            self.cursor = replace(self.saved, stopped="")

    def skip(self, page: Page) -> None:
        """Note those of a page that were erased while they waited."""
        if page.erased:
            cursor = self.cursor
            accepted, erased = (cursor.accepted or 0) + page.erased, cursor.erased + page.erased
            self.cursor = replace(cursor, accepted=accepted, erased=erased)

    async def begin(self) -> Feed:
        """Count what waits behind the cursor."""
        feed = Feed(self._store, self._wants, self.cursor.seq)
        await feed.look()
        if self.saved.stopped and not self.cursor.stopped:
            await self._save(self.cursor)  # once: who gets its lease back does not start it again
        self._begun = True
        self.feed = feed
        return feed

    def forget(self) -> bool:
        """Forget what is known, for another gateway goes on; tells whether anything was."""
        known = self.feed is not None
        self.feed = None
        self.cursor = self.saved
        return known

    async def follow(self, orders: Sequence[Order]) -> None:
        """Do as operators wish: wait for nothing any more, and begin anew where a replay says so."""
        back = min((order.replay for order in orders if order.replay is not None), default=self.cursor.seq)
        seq = min(back, self.cursor.seq)
        feed = self.feed
        if seq < self.cursor.seq:
            feed = Feed(self._store, self._wants, seq)
            await self._insist(feed.look)
        letters = await self._insist(lambda: self._store.count_letters(self.name))
        self.cursor = _with_erased(self.cursor, letters)
        reached = max(self.cursor.reached, self.cursor.seq)
        cursor = replace(
            self.cursor, seq=seq, reached=reached, attempts=0, retry_at=None, stopped="", order=orders[-1].number
        )
        await self._save(cursor, counted=letters)
        self.feed = feed

    async def arrived(self, page: Page, chunk: Sequence[JournalRow]) -> None:
        """Write down that rows of a page arrived."""
        known = await self._known(chunk)
        cursor = self._behind(page, chunk[-1].seq, len(chunk) - len(known))
        cursor = replace(cursor, delivered=cursor.delivered + len(chunk), error="")
        settled = [letter.seq for letter in known]
        await self._save(cursor, settled=settled, dealt=len(chunk), counted=_without(self.letters, known))

    async def bury(self, page: Page, row: JournalRow, outcome: Outcome) -> None:
        """Put a row into the dead letters and go on behind it."""
        known = await self._known([row])
        letter = DeadLetter(
            consumer=self.name,
            seq=row.seq,
            event_id=event_id(row.body),
            at=self._clock.now(),
            attempts=self.cursor.attempts + 1 + sum(it.attempts for it in known),
            error=outcome.error,
            answer=outcome.answer,
            body=row.body,
            subject=row.subject,
        )
        counted = _without(self.letters, known)
        cursor = replace(self._behind(page, row.seq, 1 - len(known)), error=outcome.error)
        await self._save(cursor, [letter], dealt=1, counted=replace(counted, dead=counted.dead + 1))

    async def put_off(self, attempts: int, retry_at: Instant, error: str) -> None:
        """Write down that a delivery failed, and when it is tried again."""
        await self._save(replace(self.cursor, attempts=attempts, retry_at=retry_at, error=error))

    async def halt(self, why: str) -> None:
        """Write down that the destination wants nothing more."""
        await self._save(replace(self.cursor, attempts=0, retry_at=None, stopped=why))

    async def pass_over(self, page: Page) -> None:
        """Move behind rows that the sink does not want; written now and then only, for it costs a commit."""
        if page.last > self.cursor.seq:
            self.cursor = self._behind(page, page.last, 0)
        now = self._clock.now()
        if self.letters.dead and now >= self._counted_at + COUNT_AFTER:
            await self.count_letters()
        late = self.cursor != self.saved and now >= self._saved_at + SAVE_AFTER
        if late or self.cursor.seq - self.saved.seq >= SAVE_EVERY:
            await self._save(self.cursor)

    async def settle(self, letters: Sequence[DeadLetter]) -> None:
        """Write down that letters arrived."""
        cursor = replace(self.cursor, delivered=self.cursor.delivered + len(letters))
        counted = replace(self.letters, waiting=self.letters.waiting - len(letters))
        await self._save(cursor, settled=[letter.seq for letter in letters], counted=counted)
        self.trouble = ""

    async def put_back(self, letters: Sequence[DeadLetter]) -> None:
        """Write down letters that were tried again in vain: dead once more, or due later."""
        dead, counted = sum(letter.due is None for letter in letters), self.letters
        counted = replace(counted, dead=counted.dead + dead, waiting=counted.waiting - dead)
        await self._save(self.cursor, again=letters, counted=counted)
        self.trouble = next((letter.error for letter in letters if letter.due is not None), "")

    async def count_letters(self) -> None:
        """Look at how many letters there are, and when the next one is due; some may be erased."""
        self._counted_at = self._clock.now()
        self.letters = await self._insist(lambda: self._store.count_letters(self.name))
        self.cursor = _with_erased(self.cursor, self.letters)

    async def save_the_rest(self) -> None:
        """Write what was passed over and not written yet."""
        if self.feed is not None and self.cursor != self.saved:
            await self._store.save_cursor(self.name, self.cursor)

    def _behind(self, page: Page, seq: int, accepted: int) -> Cursor:
        cursor = self.cursor
        reached = max(cursor.reached, cursor.seq)
        return replace(
            cursor,
            seq=seq,
            reached=max(reached, seq),
            accepted=(cursor.accepted or 0) + accepted,
            filtered=cursor.filtered + page.others_between(reached, seq),
            attempts=0,
            retry_at=None,
        )

    async def _known(self, chunk: Sequence[JournalRow]) -> list[DeadLetter]:
        """Give the letters that these rows have from before a replay."""
        first, seqs = chunk[0].seq, {row.seq for row in chunk}
        if first > self.cursor.reached or not (self.letters.dead or self.letters.waiting):
            return []
        found = await self._insist(lambda: self._store.dead_letters(self.name, len(seqs), first - 1))
        return [letter for letter in found if letter.seq in seqs]

    async def _save(
        self,
        cursor: Cursor,
        dead: Sequence[DeadLetter] = (),
        *,
        again: Sequence[DeadLetter] = (),
        settled: Collection[int] = (),
        dealt: int = 0,
        counted: LetterCount | None = None,
    ) -> None:
        """Write the cursor, waiting for the store as long as it takes: what arrived must not be sent again."""
        await self._insist(lambda: self._store.save_cursor(self.name, cursor, dead, again=again, settled=settled))
        self.cursor = self.saved = cursor
        self._saved_at = self._clock.now()
        self.letters = self.letters if counted is None else counted
        if dealt and self.feed is not None:
            self.feed.dealt(dealt)

    async def _insist(self, work: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await work()
            except StoreUnavailableError as error:
                if self.stopping:
                    raise
                if self._is_time():
                    log.warning("cursor_not_saved_yet", consumer=self.name, error=str(error))
                await self._clock.sleep(STORE_RETRY)


def _with_erased(cursor: Cursor, counted: LetterCount) -> Cursor:
    """Give the cursor with what lacks of its letters: those are erased, by whichever gateway."""
    letters = counted.dead + counted.waiting
    if cursor.accepted is None:
        return replace(cursor, accepted=cursor.delivered + cursor.erased + letters)
    return replace(cursor, erased=cursor.accepted - cursor.delivered - letters)


def _without(counted: LetterCount, gone: Sequence[DeadLetter]) -> LetterCount:
    waited = sum(letter.due is not None for letter in gone)
    return replace(counted, dead=counted.dead - (len(gone) - waited), waiting=counted.waiting - waited)


class _Id(msgspec.Struct):
    id: str


_decode_id = msgspec.json.Decoder(_Id).decode


def event_id(body: bytes) -> str:
    """Give the id of a journal event."""
    return _decode_id(body).id
