"""Reads a gateway's metrics and checks what must balance: nothing that came in, and nothing that goes out, gets lost.

received = accepted + duplicate + rejected + under way, by kind, in every scrape; at rest nothing is under way.
What a sink was to get = delivered + pending + dead + erased, by sink; at rest that is what the journal holds for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.eventually import PATIENCE, eventually


@dataclass
class Books:
    """One scrape's numbers by kind, and by sink."""

    received: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    duplicate: Counter[str] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    under_way: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)
    erased: Counter[str] = field(default_factory=Counter)
    pending: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)

    def reasons(self, kind: str) -> dict[str, int]:
        """Give why how much of a kind was rejected."""
        return {reason: number for (its, reason), number in self.rejected.items() if its == kind}

    def out_of_balance(self) -> dict[str, int]:
        """Give the kinds and sinks whose numbers do not balance, with what is missing of each."""
        missing = Counter(self.received)
        for counts in (self.accepted, self.duplicate, self.under_way):
            missing.subtract(counts)
        for (kind, _), number in self.rejected.items():
            missing[kind] -= number
        missing.update(self.wanted)
        for counts in (self.delivered, self.pending, self.dead, self.erased):
            missing.subtract(counts)
        return {kind: number for kind, number in missing.items() if number}


def read_books(url: str) -> Books:
    """Scrape a gateway."""
    books = Books()
    names = {f"tactful_{name}_total": getattr(books, name) for name in ("received", "accepted", "duplicate")}
    names["tactful_under_way"] = books.under_way
    sinks = {
        "tactful_sink_accepted_total": books.wanted,
        "tactful_sink_erased_total": books.erased,
        "tactful_sink_delivered_total": books.delivered,
        "tactful_sink_pending": books.pending,
        "tactful_sink_dead": books.dead,
    }
    for family in text_string_to_metric_families(httpx.get(f"{url}/metrics", timeout=PATIENCE).text):
        for sample in family.samples:
            if sample.name in names:
                names[sample.name][sample.labels["kind"]] = int(sample.value)
            elif sample.name in sinks:
                sinks[sample.name][sample.labels["sink"]] = int(sample.value)
            elif sample.name == "tactful_rejected_total":
                books.rejected[sample.labels["kind"], sample.labels["reason"]] = int(sample.value)
    return books


def assert_balance(url: str) -> Books:
    """Check one scrape, of a gateway that may be at work, and give its numbers."""
    books = read_books(url)
    assert books.out_of_balance() == {}
    assert all(number >= 0 for number in books.under_way.values()), books.under_way
    return books


def assert_conserved(url: str, wanted: Mapping[str, int] | None = None) -> Books:
    """Check a gateway that nobody calls any more: nothing is under way, each sink has or gets its share.

    `wanted` says what the journal holds for each sink; a sink counts it once it has looked, a moment after the answer.
    """
    wanted = wanted or {}
    books = _balanced(
        url, lambda it: not any(it.under_way.values()) and all(it.wanted[sink] >= wanted[sink] for sink in wanted)
    )
    for sink, number in wanted.items():
        assert books.wanted[sink] == number, (sink, books)
    return books


def assert_delivered(url: str, wanted: Mapping[str, int]) -> Books:
    """Check that each sink gets all that the journal holds for it, within the time that tests have."""
    books = _balanced(
        url, lambda it: all(it.delivered[sink] + it.dead[sink] >= number for sink, number in wanted.items())
    )
    assert not any(books.pending[sink] for sink in wanted), books
    return assert_conserved(url, wanted)


def _balanced(url: str, holds: Callable[[Books], bool]) -> Books:
    """Wait for a scrape of which something holds; each one on the way has to balance."""
    books = Books()

    def look() -> bool:
        nonlocal books
        books = assert_balance(url)
        return holds(books)

    eventually(look, otherwise=lambda: books)
    return books
