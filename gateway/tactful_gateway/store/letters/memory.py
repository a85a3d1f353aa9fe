"""The letters of a memory store."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from tactful_gateway.store.records import DeadLetter, LetterCount
from tactful_rules.model.ids import Instant

Kept = dict[str, list[DeadLetter]]
"""Every consumer's letters by sequence, rising."""


def save(kept: Kept, consumer: str, dead: Sequence[DeadLetter], again: Sequence[DeadLetter]) -> None:
    """Write new letters, and those that were tried again as far as they are still there."""
    found = {letter.seq: letter for letter in kept.get(consumer, ())}
    found.update((letter.seq, replace(letter, due=None)) for letter in dead)
    found.update((letter.seq, letter) for letter in again if letter.seq in found)
    kept[consumer] = [found[seq] for seq in sorted(found)]


def drop(kept: Kept, consumer: str, settled: Collection[int]) -> None:
    """Drop letters."""
    kept[consumer] = [letter for letter in kept.get(consumer, ()) if letter.seq not in settled]


def count(kept: Kept, consumer: str) -> LetterCount:
    """Count a consumer's letters."""
    letters = kept.get(consumer, [])
    due = [letter.due for letter in letters if letter.due is not None]
    return LetterCount(len(letters) - len(due), len(due), min(due, default=None))


def find_due(kept: Kept, consumer: str, now: Instant, limit: int) -> Sequence[DeadLetter]:
    """Give the letters that are to be tried again by now, the earliest due first."""
    ready = [(it.due, it.seq, it) for it in kept.get(consumer, ()) if it.due is not None and it.due <= now]
    return [letter for _, _, letter in sorted(ready)[:limit]]


def retry(kept: Kept, consumer: str, now: Instant, seqs: Collection[int] | None) -> int:
    """Have dead letters (all where None) tried again from now on, and give how many those are."""
    letters = kept.get(consumer, [])
    wanted = None if seqs is None else set(seqs)
    again = [it.due is None and (wanted is None or it.seq in wanted) for it in letters]
    kept[consumer] = [replace(it, due=now) if asked else it for it, asked in zip(letters, again, strict=True)]
    return sum(again)
