"""Says once which touchpoints and params are declared nowhere or break their schema: the gateway drops them silently.

Names are logged, values never. Of names that an app makes up as it goes, only the first few are said.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from tactful.core.complaints import Complaints
from tactful.core.event.declared import Declared
from tactful.core.rules import Rules
from tactful_rules.mistakes.spelling import nearest
from tactful_rules.reach import strange_channels
from tactful_rules.tact import find_zone, nearest_zone, zone_names

MOST = 100
"""Names said in a process; the log is for mistakes, and a hundred are enough to see them."""
COMPARED = 500
"""Most names that a wrong one is compared with, for a caller waits meanwhile."""
LONGEST = 64


class Strangers:
    """Remembers what was said in one process."""

    def __init__(self, complaints: Complaints) -> None:
        self._say = complaints.once
        self._said: set[tuple[str, str]] = set()

    def note_touchpoint(self, name: str, rules: Rules | None) -> None:
        """Say that nobody declared this touchpoint."""
        if not self._first(name, ""):
            return
        near = did_you_mean(name, rules.declared if rules is not None else {})
        message = "The touchpoint %r is not declared in the survey folder: nobody is ever asked there%s."
        self._say(logging.WARNING, ("touchpoint", name), message, name[:LONGEST], near)

    def note_params(self, declared: Declared, strangers: tuple[str, ...]) -> None:
        """Say which params of a call its touchpoint does not declare; they count for nothing."""
        name = declared.touchpoint
        for path in strangers:
            if self._first(name, path):
                near = did_you_mean(path, declared.paths)
                message = "The touchpoint %r declares no param %r: what it says is dropped%s."
                self._say(logging.WARNING, ("param", name, path), message, name, path[:LONGEST], near)

    def note_rejected(
        self,
        touchpoint: str,
        paths: tuple[str, ...],
        declared: Declared | None = None,
        params: dict[str, Any] | None = None,
    ) -> None:
        """Say which params of a call break their schema, and why, where those are at hand; they count for nothing."""
        for path in paths:
            if self._first(touchpoint, path):
                why = _why(declared, path, params)
                message = "The param %r of the touchpoint %r breaks its schema%s: it counts for nothing."
                self._say(logging.WARNING, ("rejected", touchpoint, path), message, path[:LONGEST], touchpoint, why)

    def note_timezone(self, name: str | None) -> None:
        """Say that an event's time zone is none; the person's or the settings' holds instead."""
        if not name or find_zone(name) is not None or not self._first("", name):
            return
        if zone_names():  # a machine that knows none can't tell
            near = _meant(nearest_zone(name)) or " (one is written like 'Europe/Berlin')"
            message = "No time zone is called %r%s: it counts as if it was left out."
            self._say(logging.WARNING, ("timezone", name), message, name[:LONGEST], near)

    def note_reach(self, reach: Mapping[str, Any] | None, rules: Rules | None) -> None:
        """Say which names in an event's `reach` are no channel's; nobody is reached there."""
        if not reach or rules is None or rules.channels is None:
            return
        for name in strange_channels(reach, rules.channels):
            if self._first("", f"reach.{name}"):
                known = tuple(sorted(rules.channels))
                what = f"names {name!r}{did_you_mean(name, known)}" if name else "has a key that may be an address"
                message = "A call's `reach` %s, which is no channel: nobody is reached there; it may name %s."
                self._say(logging.WARNING, ("reach", name), message, what, ", ".join(known[:COMPARED]))

    def _first(self, name: str, path: str) -> bool:
        if (name, path) in self._said or len(self._said) >= MOST:
            return False
        self._said.add((name, path))
        return True


def did_you_mean(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """Give " (did you mean 'x'?)", or "" when no known name is near."""
    return _meant(nearest(word[:LONGEST], list(known)[:COMPARED]))


def _why(declared: Declared | None, path: str, params: dict[str, Any] | None) -> str:
    if declared is None or params is None or path not in declared.paths:
        return ""
    return f" ({declared.question(path, params)})"


def _meant(near: str | None) -> str:
    return f" (did you mean {near!r}?)" if near else ""
