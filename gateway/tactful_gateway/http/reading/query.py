"""Reads a query string into a type; a name that nobody reads is refused, for a misspelt `dry_run` must not publish.

msgspec reads `1e3` as a whole number, as JSON would have it; here it is taken for the mistake that it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, get_args
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.body import field_problems, suggest
from tactful_gateway.ledger.commands import Problem
from tactful_rules.source import listing

MOST = 20
"""Parameters of one query; more are not even looked at."""
LONGEST = 64
"""Characters of an unknown name that are repeated to its sender."""
KEY = "key"
"""Where a page's key may stand in the address; `read_key` reads it before."""
_NUMBER = re.compile(r"0|[1-9][0-9]*")


def read_query(query: bytes, kind: type[Struct], *, keyed: bool) -> Struct:
    """Decode a query string into `kind`; `key` may stand in it, too, where the call takes a key.

    Raises:
        ApiError: `invalid_request` with all problems.
    """
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST)
    except ValueError:
        raise ApiError("invalid_request", [Problem("", "too_many", f"At most {MOST} parameters.")]) from None
    given = dict(pairs)
    problems = [*_repeated(Counter(name for name, _ in pairs)), *_problems(given, kind, keyed=keyed)]
    if problems:
        raise ApiError("invalid_request", problems)
    return msgspec.convert(given, kind, strict=False)


def _repeated(counts: Counter[str]) -> Iterator[Problem]:
    for name, count in counts.items():
        if count > 1:
            yield Problem(name[:LONGEST], "repeated", f"It stands there {count} times: which one counts?")


def _problems(given: Mapping[str, str], kind: type[Struct], *, keyed: bool) -> Iterator[Problem]:
    known = {field.encode_name: field for field in fields(kind)}
    for name, value in given.items():
        if name in known and _takes_number(known[name].type) and not _NUMBER.fullmatch(value):
            yield Problem(name, "wrong_type", "It is a whole number, written in digits only: 12.")
        elif name in known:
            yield from field_problems(value, name, known[name], strict=False)
        elif not (keyed and name == KEY):
            shown = name[:LONGEST]
            hint = suggest(shown, known) or f" It takes {listing(known) or 'none'}."
            yield Problem(shown, "unknown_parameter", f"This call has no such parameter.{hint}")


def _takes_number(kind: Any) -> bool:
    return kind is int or any(_takes_number(part) for part in get_args(kind))
