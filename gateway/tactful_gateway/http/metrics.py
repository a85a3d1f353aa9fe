"""What the gateway counts for Prometheus; each gateway has a registry of its own, for several may live in a process."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from tactful_gateway.consumers.status import SinkStatus

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The gateway's own counters and gauges; sinks are read when somebody asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "tactful_http_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "tactful_http_request_seconds", "Time to the answer.", ("route",), registry=self.registry, buckets=_SECONDS
        )
        # prometheus_client takes longer to find a child by its labels than to count.
        self._bound: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._bound_responses: dict[tuple[str, bool, bool], Counter] = {}
        self._decisions = Counter(
            "tactful_decisions",
            "Decisions given, repeated ones included.",
            ("touchpoint", "reason"),
            registry=self.registry,
        )
        self._responses = Counter(
            "tactful_responses", "Answers taken.", ("touchpoint", "complete", "duplicate"), registry=self.registry
        )
        self._reloads = Counter(
            "tactful_reloads", "Looks at a changed survey folder.", ("result",), registry=self.registry
        )
        self._ruleset = Gauge("tactful_ruleset", "1 for the ruleset in force.", ("version",), registry=self.registry)
        self._head = Gauge("tactful_journal_head", "Highest sequence in the journal.", registry=self.registry)
        self._sinks = {
            name: Gauge(f"tactful_sink_{name}", text, ("sink",), registry=self.registry)
            for name, text in (
                ("pending", "Journal events that the sink wants and does not have yet."),
                ("delivered", "Events delivered."),
                ("dead", "Events in the dead letters."),
                ("stopped", "1 when the sink's destination wants nothing more."),
            )
        }

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (route, method, status)
        found = self._bound.get(key)
        if found is None:
            found = self._bound[key] = (self._requests.labels(*map(str, key)), self._seconds.labels(route))
        found[0].inc()
        found[1].observe(seconds)

    def decision(self, touchpoint: str, reason: str) -> None:
        """Count one decision; the caller names undeclared touchpoints alike, so that strangers can't make labels."""
        self._decisions.labels(touchpoint, reason).inc()

    def response(self, touchpoint: str, *, complete: bool, duplicate: bool) -> None:
        """Count one saved response."""
        key = (touchpoint, complete, duplicate)
        found = self._bound_responses.get(key)
        if found is None:
            labels = (touchpoint, str(complete).lower(), str(duplicate).lower())
            found = self._bound_responses[key] = self._responses.labels(*labels)
        found.inc()

    def reload(self, result: str) -> None:
        """Count one reload: `activated`, `unchanged` or `rejected`."""
        self._reloads.labels(result).inc()

    def ruleset(self, version: str) -> None:
        """Say which ruleset is in force."""
        self._ruleset.clear()
        self._ruleset.labels(version).set(1)

    def journal(self, head: int) -> None:
        """Say how long the journal is."""
        self._head.set(head)

    def sinks(self, statuses: Sequence[SinkStatus]) -> None:
        """Say how all sinks are doing; those no longer configured disappear."""
        for gauge in self._sinks.values():
            gauge.clear()
        for status in statuses:
            self._sinks["pending"].labels(status.id).set(status.pending)
            self._sinks["delivered"].labels(status.id).set(status.delivered)
            self._sinks["dead"].labels(status.id).set(status.dead)
            self._sinks["stopped"].labels(status.id).set(status.state == "stopped")

    def render(self) -> bytes:
        """Write everything in the Prometheus text format."""
        return generate_latest(self.registry)
