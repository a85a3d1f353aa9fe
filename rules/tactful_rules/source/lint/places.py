"""Where things stand that a warning is about, by their path in the merged document."""

from __future__ import annotations

from collections.abc import Mapping

from tactful_rules.model.folder import Position


class Places:
    """Positions by path; what is not written out stands where the thing around it does."""

    def __init__(self, positions: Mapping[tuple[str, ...], Position]) -> None:
        self._positions = positions

    def __contains__(self, path: tuple[str, ...]) -> bool:
        return path in self._positions

    def of(self, *path: str) -> Position:
        """Give the position at `path`, or of the nearest thing around it."""
        for end in range(len(path), 0, -1):
            at = self._positions.get(path[:end])
            if at is not None:
                return at
        return Position(".", 1, 1)
