"""The claims of a soak can fail: each is held against a run that breaks it alone."""

from __future__ import annotations

from dataclasses import replace

from tests.acceptance.soak.clients import Answered
from tests.acceptance.soak.judging import judge
from tests.acceptance.soak.run import Run
from tests.acceptance.soak.watching import Sample


def sample(at: int, memory: float = 90.0, hook: float = 0.0, answers: float = 0.0) -> Sample:
    return Sample(at, memory, {"answers": answers, "hook": hook}, {"answers": 0, "hook": 0})


GOOD = Run(
    seconds=60.0,
    capacity=None,
    rate=1.0,
    due=60,
    answered=[Answered(f"i-{number}", low=False) for number in range(60)],
    refused=[],
    samples=[sample(at, hook=8.0 if at < 45 else 0.0) for at in range(60)],
    flaps=3,
    last_flap=38.0,
    missing={"answers": set(), "hook": set()},
    books="",
)


def broken(run: Run) -> list[str]:
    return [claim.what for claim in judge(run) if not claim.held]


def test_a_run_whose_webhook_lags_only_while_it_flaps_holds_every_claim() -> None:
    assert broken(GOOD) == []


def test_memory_that_goes_on_rising_is_not_flat() -> None:
    rising = replace(GOOD, samples=[sample(at, 90 + 0.5 * at) for at in range(60)])
    assert broken(rising) == ["memory rises <= 10 MB over the second half"]


def test_a_lag_that_stays_or_spreads_is_found() -> None:
    stays = replace(GOOD, samples=[sample(at, hook=8.0) for at in range(60)])
    assert broken(stays) == ["lag <= 5 s from 10 s after the last flap on"]
    spreads = replace(GOOD, samples=[sample(at, answers=8.0 if at < 30 else 0.0) for at in range(60)])
    assert broken(spreads) == ["lag of the sink that works <= 5 s throughout"]


def test_an_answer_that_did_not_arrive_is_found() -> None:
    lost = replace(GOOD, missing={"answers": set(), "hook": {"i-7"}})
    assert broken(lost) == ["acknowledged answers missing at hook"]


def test_less_load_than_was_due_is_no_soak() -> None:
    assert broken(replace(GOOD, answered=GOOD.answered[:50])) == [">= 95% of the visits due were answered"]
