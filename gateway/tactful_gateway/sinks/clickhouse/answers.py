"""What ClickHouse's answers mean. Pure.

Most of what it refuses can be put right (a password, a right, a disk), so it is tried again; only what is wrong with
the rows themselves never arrives. Its message may quote a row, so nothing but its number is shown.
"""

from __future__ import annotations

import re

from tactful_gateway.outgoing.answer import read_retry_after
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.outgoing.post import Answer
from tactful_rules.model.ids import Instant

NO_COLUMN = 16
NO_TABLE = 60
_BAD_ROWS = frozenset({6, 26, 27, 33, 38, 41, 53, 69, 72, 117, 130, 131, 190, 321, 349, 441, 467, 691})
"""Numbers that a row is to blame for: it can't be parsed, or does not fit its column."""
_HINTS = {
    NO_TABLE: "the table is not there and can't be made",
    81: "there is no such `database`",
    159: "it took too long",
    192: "there is no such user",
    193: "the password is wrong",
    194: "it wants a password",
    241: "it has no memory left",
    243: "its disk is full",
    252: "it has too many parts to merge",
    497: "the user has no right to do it",
    516: "the user or the password is wrong",
}
_CODE = re.compile(rb"Code: ([0-9]{1,5})\b")


def code_of(answer: Answer) -> int | None:
    """Give the number of the error that an answer holds."""
    found = _CODE.match(answer.body.lstrip())
    return int(found[1]) if found else None


def judge(answer: Answer, now: Instant) -> None:
    """Return where a statement was carried out: its answer is a 200 without a word of an error.

    Raises:
        TransientError: trying again may help.
        PermanentError: a row is not taken.
    """
    code = code_of(answer)
    if answer.status == 200 and code is None:
        return
    if code is None:
        raise TransientError(
            f"HTTP {answer.status}, and no word of ClickHouse", read_retry_after(answer.retry_after, now)
        )
    if code in _BAD_ROWS:
        said = answer.body.decode("utf-8", "replace")
        raise PermanentError(f"ClickHouse takes no such row (its error {code})", said)
    hint = f": {_HINTS[code]}" if code in _HINTS else ""
    raise TransientError(f"ClickHouse's error {code}{hint}", read_retry_after(answer.retry_after, now))
