"""The ledger's numbers for Prometheus, copied at one moment: what was received always balances within one scrape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from tactful_gateway.http.counting.buckets import cumulate
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.intake import Counts, Intake
from tactful_gateway.ledger.pace import ENDS, Pace
from tactful_gateway.store.base import Cause


class Balance(Collector):
    """Shows the ledger as it was when `take` was called last."""

    def __init__(self) -> None:
        self._intake: Counts = Intake().counts()
        self._gauges: Mapping[str, tuple[str, float]] = {}
        self._failed: Mapping[Cause, int] = {}
        self._pace = Pace().durations()

    def take(self, ledger: Ledger) -> None:
        """Copy the ledger's numbers; on the event loop, where they change."""
        self._intake = ledger.intake.counts()
        self._failed = dict(ledger.failures)
        self._pace = ledger.pace.durations()
        self._gauges = {
            "tactful_store_up": ("0 while the store can't commit; /readyz says why.", float(ledger.trouble is None)),
            "tactful_waiting": ("Commands that wait for a commit.", ledger.waiting),
            "tactful_waiting_bytes": ("Bytes of the bodies whose commands have no reply yet.", ledger.waiting_bytes),
            "tactful_waiting_seconds": ("How long the oldest command without a reply has waited.", ledger.age),
        }

    def collect(self) -> Iterator[Metric]:
        """Give what was copied."""
        counts = self._intake
        for name, text, by_kind in (
            ("received", "What came in that may become fact, each item of a batch by itself.", counts.received),
            ("accepted", "What of it became fact.", counts.accepted),
            ("duplicate", "What of it had been fact before: nothing new happened.", counts.duplicate),
        ):
            yield _counter(f"tactful_{name}", text, ("kind",), (((kind,), number) for kind, number in by_kind.items()))
        yield _counter(
            "tactful_rejected", "What of it came to nothing, and why.", ("kind", "reason"), counts.rejected.items()
        )
        under_way = GaugeMetricFamily("tactful_under_way", "What of it is still being worked on.", labels=("kind",))
        for kind, number in counts.under_way.items():
            under_way.add_metric([kind], number)
        yield under_way
        causes = (((cause,), number) for cause, number in self._failed.items())
        yield _counter("tactful_store_failures", "Commits that the store could not make, by cause.", ("cause",), causes)
        pace = HistogramMetricFamily("tactful_commit_seconds", "Time that a commit takes, failed ones included.")
        pace.add_metric([], cumulate(ENDS, self._pace.buckets), self._pace.seconds)
        yield pace
        for name, (text, value) in self._gauges.items():
            yield GaugeMetricFamily(name, text, value)


def _counter(
    name: str, text: str, labels: Sequence[str], counts: Iterable[tuple[Sequence[str], int]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=labels)
    for key, count in counts:
        family.add_metric(list(key), count)
    return family
