"""Requests and responses, counted in plain numbers and told to Prometheus only when it asks.

`prometheus_client` locks and checks with each count, several times a request; here one event loop counts alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, TypeVar, get_args

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from tactful_gateway.http.counting.buckets import cumulate

Key = TypeVar("Key", bound=tuple[object, ...])
ReloadResult = Literal["activated", "unchanged", "rejected"]
PublicationResult = Literal["published", "unchanged", "refused", "failed"]
UNDECLARED = "(undeclared)"
"""The label of every touchpoint that the ruleset does not declare."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper ends of the histogram's buckets; above the last one is one more."""


class Tally(Collector):
    """What is counted with every request, and what came of rulesets.

    The latter starts with 0 of each: a series that begins with 1 has not risen, and no alert would hear of the first.
    """

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.decisions: Counter[tuple[str, str]] = Counter()
        self.responses: Counter[tuple[str, bool, bool]] = Counter()
        self.feedbacks: Counter[tuple[str, str, str]] = Counter()
        self.reloads: Counter[tuple[ReloadResult]] = Counter({(result,): 0 for result in get_args(ReloadResult)})
        results = get_args(PublicationResult)
        self.publications: Counter[tuple[PublicationResult]] = Counter({(result,): 0 for result in results})
        self._buckets: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests[route, method, status] += 1
        buckets = self._buckets.get(route)
        if buckets is None:
            buckets = self._buckets[route] = [0] * (len(SECONDS) + 1)
        buckets[bisect_left(SECONDS, seconds)] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]  # typeshed counts in whole numbers only

    def decision(self, touchpoint: str, reason: str) -> None:
        """Count one decision; the caller names undeclared touchpoints alike, so that strangers can't make labels."""
        self.decisions[touchpoint, reason] += 1

    def response(self, touchpoint: str, *, complete: bool, duplicate: bool) -> None:
        """Count one saved response."""
        self.responses[touchpoint, complete, duplicate] += 1

    def feedback(self, touchpoint: str, result: str, code: str) -> None:
        """Count one feedback from elsewhere: `accepted`, `duplicate`, or `rejected` with the code that says why."""
        self.feedbacks[touchpoint, result, code] += 1

    def collect(self) -> Iterator[Metric]:
        """Give everything counted; called from another thread while counting goes on."""
        yield _family("tactful_http_requests", "Requests answered.", ("route", "method", "status"), self.requests)
        yield self._durations()
        told = "Decisions given, repeated ones included."
        yield _family("tactful_decisions", told, ("touchpoint", "reason"), self.decisions)
        labels = ("touchpoint", "complete", "duplicate")
        yield _family("tactful_responses", "Answers taken.", labels, self.responses)
        labels = ("touchpoint", "result", "code")
        yield _family("tactful_feedback", "Feedback from elsewhere, dry runs left out.", labels, self.feedbacks)
        yield _family("tactful_reloads", "Looks at the survey folder or the database.", ("result",), self.reloads)
        told = "Survey folders published and versions rolled back to, dry runs left out."
        yield _family("tactful_publications", told, ("result",), self.publications)

    def _durations(self) -> HistogramMetricFamily:
        family = HistogramMetricFamily("tactful_http_request_seconds", "Time to the answer.", labels=("route",))
        for route, counts in self._buckets.copy().items():
            family.add_metric([route], cumulate(SECONDS, tuple(counts)), self._seconds[route])
        return family


def _family(name: str, text: str, labels: Sequence[str], counts: Counter[Key]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=labels)
    for key, count in counts.copy().items():
        family.add_metric([str(part).lower() if isinstance(part, bool) else str(part) for part in key], count)
    return family
