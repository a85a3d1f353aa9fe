"""Says once which touchpoints and params are declared nowhere: the gateway drops them without a word.

Names are logged, values never. Of names that an app makes up as it goes, only the first few are said.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from tactful.core.complaints import Complaints
from tactful.core.event.declared import Declared
from tactful.core.rules import Rules

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

    def _first(self, name: str, path: str) -> bool:
        if (name, path) in self._said or len(self._said) >= MOST:
            return False
        self._said.add((name, path))
        return True


def did_you_mean(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """Give " (did you mean 'x'?)", or "" when no known name is near."""
    near = get_close_matches(word[:LONGEST], list(known)[:COMPARED], n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
