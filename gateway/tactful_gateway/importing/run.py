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
from tactful_gateway.importing.advice import advise
from tactful_gateway.importing.file import Row
from tactful_gateway.importing.rows import Columns, encode
from tactful_gateway.importing.sending import Sender
from tactful_gateway.ledger.commands import Problem
from tactful_gateway.simulator.traffic.rows import RowError

ROOM = MAX_BATCH - 1024
"""Bytes of items in a batch: the brackets around them need a few."""

Refuse = Callable[[Row, str], None]
Progress = Callable[[int], None]


class Outcome(Struct):
    """What came of the rows so far: `unchecked` are those taken by a questionnaire that the survey folder has not."""

    counts: Counter[FeedbackStatus] = field(default_factory=Counter)
    rejected_params: Counter[str] = field(default_factory=Counter)
    unchecked: Counter[str] = field(default_factory=Counter)


class Import:
    """Sends rows; `refuse` is told of each bad one, `progress` of the line up to which all are dealt with.

    `outcome` says what came of the rows so far, also where it ends in the middle.
    """

    def __init__(
        self, sender: Sender, columns: Columns, refuse: Refuse, progress: Progress, outcome: Outcome, *, typed: bool
    ) -> None:
        self._outcome = outcome
        self._sender = sender
        self._columns = columns
        self._typed = typed
        self._refuse = refuse
        self._progress = progress
        self._rows: list[Row] = []
        self._items: list[msgspec.Raw] = []
        self._size = 0

    def run(self, rows: Iterable[Row]) -> None:
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

    def _item(self, row: Row) -> dict[str, Any]:
        if row.problem:
            raise RowError(row.problem)
        return self._columns.read(row.says, typed=self._typed)

    def _flush(self) -> None:
        if not self._items:
            return
        for row, result in zip(self._rows, self._sender.send(self._items), strict=True):
            if result.status == "rejected":
                self._reject(row, self._why(row, result))
            else:
                self._outcome.counts[result.status] += 1
                self._outcome.rejected_params.update(result.rejected_params)
                if result.unchecked:
                    self._outcome.unchecked[self._columns.questionnaire(row.says)] += 1
        self._progress(self._rows[-1].line)
        self._rows, self._items, self._size = [], [], 0

    def _reject(self, row: Row, why: str) -> None:
        self._outcome.counts["rejected"] += 1
        self._refuse(row, why)

    def _why(self, row: Row, result: FeedbackResult) -> str:
        parts = [self._say(row, problem) for problem in result.problems]
        if parts or result.code is None:
            return "; ".join(parts)
        return TABLE[result.code].title

    def _say(self, row: Row, problem: Problem) -> str:
        said = f"{problem.path}: {problem.message}" if problem.path else problem.message
        advice = advise(problem, row.says, self._columns, typed=self._typed)
        return f"{said} {advice}" if advice else said
