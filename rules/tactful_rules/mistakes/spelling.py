"""Finds the name that a misspelt one probably means; of many only those most alike are compared letter by letter."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest

COMPARED = 40
"""Choices compared letter by letter: a thousand touchpoints renamed took half a minute to suggest for."""
LONGEST = 64


def nearest(word: str, choices: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Give the choice nearest to a word, else the one that differs in case alone; None where none is near."""
    known = list(choices)
    near = get_close_matches(word, _most_alike(word, known), n=1, cutoff=cutoff)
    return near[0] if near else next((choice for choice in known if choice.lower() == word.lower()), None)


def _most_alike(word: str, known: list[str]) -> list[str]:
    """Give the choices that have most pairs of letters in common with `word`, which is cheap to count."""
    if len(known) <= COMPARED:
        return known
    pairs = {word[start : start + 2] for start in range(min(len(word), LONGEST))}
    return nlargest(COMPARED, known, key=lambda choice: sum(pair in choice for pair in pairs))
