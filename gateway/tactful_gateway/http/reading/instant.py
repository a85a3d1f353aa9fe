"""Reads an instant that a caller names: RFC 3339 with its zone, for nobody can guess whose clock was meant."""

from __future__ import annotations

from datetime import datetime

from tactful_gateway.http.problems import ApiError
from tactful_gateway.ledger.commands import Problem
from tactful_rules.model.ids import Instant, to_instant


def read_instant(path: str, text: str) -> Instant:
    """Read a time.

    Raises:
        ApiError: `invalid_request`, at `path`.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ApiError(
            "invalid_request",
            [Problem(path, "wrong_type", "An RFC 3339 time with its zone, such as 2026-11-22T09:00:00+08:00.")],
        )
    return to_instant(moment)
