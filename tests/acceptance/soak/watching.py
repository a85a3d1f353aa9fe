"""What a gateway is seen to do once a second: its memory, and how far its sinks are behind."""

from __future__ import annotations

import httpx
import psutil
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

MEGABYTE = 1024 * 1024
PATIENCE = 20.0


class Sample(Struct, frozen=True):
    """One look, `at` seconds from the beginning: megabytes of memory and, by sink, seconds of lag and what waits."""

    at: float
    memory: float
    lag: dict[str, float]
    pending: dict[str, int]


def look(url: str, process: int, at: float) -> Sample:
    """Look at a gateway that may be busy."""
    lag: dict[str, float] = {}
    pending: dict[str, int] = {}
    for family in text_string_to_metric_families(httpx.get(f"{url}/metrics", timeout=PATIENCE).text):
        for sample in family.samples:
            if sample.name == "tactful_sink_lag_seconds":
                lag[sample.labels["sink"]] = sample.value
            elif sample.name == "tactful_sink_pending":
                pending[sample.labels["sink"]] = int(sample.value)
    return Sample(at, psutil.Process(process).memory_info().rss / MEGABYTE, lag, pending)
