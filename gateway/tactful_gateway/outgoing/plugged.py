"""Kinds that other distributions bring by entry points; one that takes a name of ours is passed over."""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import entry_points
from typing import Protocol, TypeVar


class Named(Protocol):
    """A kind of something."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the class says it


K = TypeVar("K", bound=Named)


def load_plugged(group: str, kind: type[K], own: Collection[str]) -> dict[str, K]:
    """Load what is installed under an entry point group and is of this type, by name."""
    loaded = (point.load() for point in entry_points(group=group))
    return {found.name: found for found in loaded if isinstance(found, kind) and found.name not in own}
