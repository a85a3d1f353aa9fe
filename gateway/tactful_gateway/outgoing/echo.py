"""Takes out of a refusal what the request proved itself with, for some repeat all that they were told. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from urllib.parse import parse_qsl, quote, quote_plus

import httpx

HIDDEN = b"***"
SHORTEST = 6
"""Characters of the shortest value that is hidden: no secret is shorter, and many words are."""
_NO_SECRETS = frozenset({"content-type", "accept", "idempotency-key"})


def hide_own(answer: bytes, url: httpx.URL, headers: Mapping[str, str], *, cut: bool = False) -> bytes:
    """Give an answer without the values of the URL's query and of the headers, however they are written in it.

    Of one that was `cut` the end goes, too, where a value may have begun there.
    """
    in_query = (value for _, value in parse_qsl(url.query.decode("ascii"), keep_blank_values=True))
    in_headers = [value for name, value in headers.items() if name.lower() not in _NO_SECRETS]
    words = (word for value in in_headers for word in value.split())  # `Bearer KEY`
    parts = chain(in_query, in_headers, words)
    values = [form.encode() for form in sorted(set(chain.from_iterable(map(_forms, parts))), key=len, reverse=True)]
    begun = max((_begun(answer, value) for value in values), default=0) if cut else 0
    kept, end = (answer[:-begun], HIDDEN) if begun else (answer, b"")
    for value in values:
        kept = kept.replace(value, HIDDEN)
    return kept + end


def _begun(answer: bytes, value: bytes) -> int:
    """Give how many of the value's first bytes the answer ends with."""
    return next((size for size in range(len(value), 0, -1) if answer.endswith(value[:size])), 0)


def _forms(value: str) -> Iterator[str]:
    if len(value) >= SHORTEST:
        yield from (value, quote(value, safe=""), quote_plus(value))
