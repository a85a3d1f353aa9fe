"""Gathers params that broke their schema while traffic is read: counted at each touchpoint, looked at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.terminal import show_hidden
from tactful_rules.mistakes.telling import tell
from tactful_rules.model.touchpoint import Touchpoint


class RejectedParam(Struct, frozen=True):
    """A param that broke its schema at a touchpoint: at how many visits, and on which line first.

    `value` is what stood there, or a description where that may be a secret; `hint` is what to write instead, or what
    is declared.
    """

    touchpoint: str
    param: str
    visits: int
    line: int
    value: str
    hint: str


class RejectedParams:
    """Counts them, and remembers the first of each."""

    def __init__(self, touchpoints: Mapping[str, Touchpoint]) -> None:
        self._touchpoints = touchpoints
        self._counts: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], RejectedParam] = {}

    def note(self, touchpoint: str, params: Iterable[str], line: int, said: Callable[[str], Any]) -> None:
        """Note the params that one visit had rejected; `said` gives what stood there, and is asked but once."""
        for param in params:
            key = (touchpoint, param)
            self._counts[key] += 1
            if key not in self._first:
                self._first[key] = self._look(touchpoint, param, line, said(param))

    def found(self) -> tuple[RejectedParam, ...]:
        """Give all of them, the most frequent first."""
        return tuple(replace(self._first[key], visits=count) for key, count in self._counts.most_common())

    def _look(self, touchpoint: str, param: str, line: int, value: Any) -> RejectedParam:
        schema = self._touchpoints[touchpoint].params[param]
        told = tell(param, value, schema, schema_check(schema))
        return RejectedParam(touchpoint, param, 1, line, show_hidden(told.value), str(told.cause))
