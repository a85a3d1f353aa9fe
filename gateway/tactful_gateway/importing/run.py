"""One import: rows are read, gathered to batches and sent, in order; what is refused goes to the rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct, field

from tactful_gateway.http.feedback.wire import MAX_ITEMS, FeedbackResult, FeedbackStatus
from tactful_gateway.http.middleware.body import MAX_BATCH
from tactful_gateway.http.problems import TABLE
from tactful_gateway.importing.file import Row
from tactful_gateway.importing.rows import encode
from tactful_gateway.importing.sending import Sender
from tactful_gateway.simulator.traffic.rows import RowError

ROOM = MAX_BATCH - 1024
"""Bytes of items in a batch: the brackets around them need a few."""

Read = Callable[[Row], dict[str, Any]]
Refuse = Callable[[Row, str], None]
Progress = Callable[[int], None]


class Outcome(Struct):
    """What came of the rows so far."""

    counts: Counter[FeedbackStatus] = field(default_factory=Counter)
    rejected_params: Counter[str] = field(default_factory=Counter)


class Import:
    """Sends rows; `refuse` is told of each bad one, `progress` of the line up to which all are dealt with."""

    def __init__(self, sender: Sender, read: Read, refuse: Refuse, progress: Progress) -> None:
        self.outcome = Outcome()
        self._sender = sender
        self._read = read
        self._refuse = refuse
        self._progress = progress
        self._rows: list[Row] = []
        self._items: list[msgspec.Raw] = []
        self._size = 0

    def run(self, rows: Iterable[Row]) -> Outcome:
        """Send all rows.

        Raises:
            GivenUpError: the gateway could not for too long; what it acknowledged is kept.
        """
        for row in rows:
            try:
                item = encode(self._item(row))
            except RowError as error:
                self._reject(row, str(error))
                continue
            if len(self._items) == MAX_ITEMS or self._size + len(item) + 1 > ROOM:
                self._flush()
            self._rows.append(row)
            self._items.append(msgspec.Raw(item))
            self._size += len(item) + 1
        self._flush()
        return self.outcome

    def _item(self, row: Row) -> dict[str, Any]:
        if row.problem:
            raise RowError(row.problem)
        return self._read(row)

    def _flush(self) -> None:
        if not self._items:
            return
        for row, result in zip(self._rows, self._sender.send(self._items), strict=True):
            if result.status == "rejected":
                self._reject(row, _why(result))
            else:
                self.outcome.counts[result.status] += 1
                self.outcome.rejected_params.update(result.rejected_params)
        self._progress(self._rows[-1].line)
        self._rows, self._items, self._size = [], [], 0

    def _reject(self, row: Row, why: str) -> None:
        self.outcome.counts["rejected"] += 1
        self._refuse(row, why)


def _why(result: FeedbackResult) -> str:
    parts = [f"{problem.path}: {problem.message}" if problem.path else problem.message for problem in result.problems]
    if parts or result.code is None:
        return "; ".join(parts)
    return TABLE[result.code].title
