"""What must hold after a soak, each claim with what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import linear_regression

from msgspec import Struct

from tests.acceptance.soak.run import Run
from tests.acceptance.soak.watching import Sample

GROWTH = 10.0
"""Megabytes by which the fitted line may rise over the second half."""
MEMORY = 200.0
"""Megabytes that are never exceeded."""
BACK = 10.0
"""Seconds after the last flap until lag must be small again: the second attempt comes up to six after the first."""
LAG = 5.0
"""Seconds of lag that are small."""
PACE = 0.95
"""The share of the visits due that must have been made."""


class Claim(Struct, frozen=True):
    """Something that must hold, what was measured, and whether it held."""

    what: str
    measured: str
    held: bool


def judge(run: Run) -> Iterator[Claim]:
    """Yield every claim."""
    yield _flat(run)
    peak = max(sample.memory for sample in run.samples)
    yield Claim(f"memory <= {MEMORY:.0f} MB", f"{peak:.0f} MB", peak <= MEMORY)
    calm = [sample for sample in run.samples if sample.at >= run.last_flap + BACK]
    yield _near(f"lag <= {LAG:.0f} s from {BACK:.0f} s after the last flap on", calm, ("answers", "hook"))
    yield _near(f"lag of the sink that works <= {LAG:.0f} s throughout", run.samples, ("answers",))
    for sink, missing in run.missing.items():
        yield Claim(f"acknowledged answers missing at {sink}", f"{len(missing):,}", not missing)
    yield Claim("counters balance, nothing pending or dead", run.books or "they do", not run.books)
    made = len(run.answered) / run.due
    yield Claim(f">= {PACE:.0%} of the visits due were answered", f"{made:.1%}", made >= PACE)
    yield Claim("visits refused or broken", "; ".join(run.refused[:3]) or "none", not run.refused)
    yield Claim("flaps", f"{run.flaps}", run.flaps > 0)


def _flat(run: Run) -> Claim:
    half = [sample for sample in run.samples if sample.at >= run.seconds / 2]
    slope, _ = linear_regression([sample.at for sample in half], [sample.memory for sample in half])
    rise = slope * run.seconds / 2
    return Claim(f"memory rises <= {GROWTH:.0f} MB over the second half", f"{rise:+.1f} MB", rise <= GROWTH)


def _near(what: str, samples: Sequence[Sample], sinks: Sequence[str]) -> Claim:
    worst = max((sample.lag[sink] for sample in samples for sink in sinks), default=None)
    return Claim(what, "never looked" if worst is None else f"{worst:.1f} s", worst is not None and worst <= LAG)
