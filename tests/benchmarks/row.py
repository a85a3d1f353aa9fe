"""One line of the benchmark table: a measured value beside its baseline, and whether it keeps its budget."""

from __future__ import annotations

from msgspec import Struct


class Baseline(Struct, frozen=True):
    """What a value is compared with, measured in the same run and in the same unit."""

    name: str
    value: float


class Row(Struct, frozen=True, kw_only=True):
    """One measurement.

    `value` and the baseline's are in `unit`. `budget` says in words what is allowed (`>= 0.5 of the baseline`,
    `<= 60 ms`); `met` is None for a row that only informs. `note` is one short remark (sample size, spread).
    """

    name: str
    value: float
    unit: str
    baseline: Baseline | None = None
    budget: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Give value / baseline, or None without a baseline that is not zero."""
        if self.baseline is None or self.baseline.value == 0:
            return None
        return self.value / self.baseline.value
