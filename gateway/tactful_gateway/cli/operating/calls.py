"""The calls about sinks; what a gateway refuses ends the command in one line, with code 1."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec import Struct

from tactful_gateway.cli.publishing.asking import fail
from tactful_gateway.cli.remote.client import RefusedError, Remote, RemoteError
from tactful_gateway.http.operating.wire import (
    ForgetReceipt,
    Letter,
    Letters,
    ReplayReceipt,
    RetryReceipt,
    Sinks,
    SinkView,
)

MOST = 200
"""Letters of a page."""

T = TypeVar("T", bound=Struct)


class SinkCalls:
    """Asks one gateway about sinks."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def look(self, sink: str) -> SinkView:
        """Give one sink.

        Raises:
            RemoteError: the gateway is not reached, or has no such sink.
        """
        found = self._remote.call(Sinks, "GET", "/v1/sinks").sinks
        for one in found:
            if one.id == sink:
                return one
        raise RemoteError(self._lacks([sink], found))

    def some(self, names: Collection[str]) -> Sequence[SinkView]:
        """Give these sinks, all where none are named."""
        found = self._call(Sinks, "GET", "/v1/sinks").sinks
        unknown = [name for name in names if name not in {sink.id for sink in found}]
        if unknown:
            fail(self._lacks(unknown, found))
        return [sink for sink in found if not names or sink.id in names]

    def replay(self, sink: str, start: int | str) -> ReplayReceipt:
        """Order a replay."""
        return self._order(sink, ReplayReceipt, "POST", "/replay", body={"from": start})

    def retry(self, sink: str, ids: Sequence[str]) -> RetryReceipt:
        """Order another try of dead letters, all where no ids are named."""
        return self._order(sink, RetryReceipt, "POST", "/dead/retry", body={"ids": ids} if ids else {})

    def forget(self, sink: str) -> ForgetReceipt:
        """Forget a sink that is gone for good."""
        return self._order(sink, ForgetReceipt, "DELETE", "")

    def refuse_served(self, sink: str) -> None:
        """End the command where the gateway's survey folder has the sink, before anybody is asked to confirm."""
        if any(one.id == sink for one in self._call(Sinks, "GET", "/v1/sinks").sinks):
            fail(f"{self._remote.url} delivers to {sink}: take it out of the survey folder first (sink_in_use)")

    def letters(self, sink: str, limit: int, after: int) -> Letters:
        """Give a page of a sink's dead letters."""
        query = {"limit": str(limit), "after": str(after)}
        return self._order(sink, Letters, "GET", "/dead", query=query)

    def count_among(self, sink: str, ids: Collection[str]) -> int:
        """Count the dead letters of a sink that have these ids."""
        return sum(letter.id in ids for letter in self._letters_behind(sink, 0))

    def count_between(self, sink: str, first: int, last: int) -> int:
        """Count the dead letters of a sink whose sequences are in this range."""
        behind = self._letters_behind(sink, first - 1)
        return sum(1 for _ in takewhile(lambda letter: letter.seq <= last, behind))

    def _letters_behind(self, sink: str, after: int) -> Iterator[Letter]:
        while True:
            page = self.letters(sink, MOST, after)
            yield from page.letters
            if page.next is None:
                return
            after = page.next

    def _order(self, sink: str, kind: type[T], method: str, rest: str, **more: Any) -> T:
        try:
            return self._remote.call(kind, method, f"/v1/sinks/{quote(sink, safe='')}{rest}", **more)
        except RefusedError as error:
            if error.code == "unknown_sink":
                self.some([sink])  # which says what sinks there are
            fail(str(error))
        except RemoteError as error:
            fail(str(error))

    def _lacks(self, sinks: Sequence[str], found: Sequence[SinkView]) -> str:
        there = ", ".join(sink.id for sink in found) or "none"
        return f"{self._remote.url} has no sink {', '.join(sinks)}: it has {there}"

    def _call(self, kind: type[T], method: str, path: str, **more: Any) -> T:
        try:
            return self._remote.call(kind, method, path, **more)
        except RemoteError as error:
            fail(str(error))
