"""Histograms as Prometheus wants them: each bucket has what is in those before it, too."""

from __future__ import annotations

from collections.abc import Sequence


def cumulate(ends: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """Give the buckets up to each end, and the one of everything; of `counts` there is one more than of `ends`."""
    upto, buckets = 0, []
    for end, count in zip((*map(str, ends), "+Inf"), counts, strict=True):
        upto += count
        buckets.append((end, float(upto)))
    return buckets
