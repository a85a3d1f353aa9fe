"""The soak's short form: fourteen seconds at a low rate, in which the receiver is away once."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.soak.judging import judge
from tests.acceptance.soak.run import run

SECONDS, RATE = 14.0, 40.0


def test_a_flapping_webhook_costs_neither_memory_nor_answers_and_its_lag_goes_back(tmp_path: Path) -> None:
    done = run(tmp_path, SECONDS, lambda sample, answered: None, RATE)
    broken = [claim for claim in judge(done) if not claim.held]
    assert broken == []
