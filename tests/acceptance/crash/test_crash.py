"""The suite's short form: gateways, sinks and databases killed under load, and the power cut."""

from __future__ import annotations

from tests.acceptance.crash.scenarios import SCENARIOS, Outcome, play
from tests.preload import NEEDS_COMPILER

SEED = 7


def played(name: str, *, full: bool = True) -> Outcome:
    (scenario,) = (it for it in SCENARIOS if it.name == name)
    return play(scenario, SEED, print, short=True, full=full)


def test_nothing_acknowledged_is_lost_or_doubled_when_gateway_and_sinks_are_killed_over_sqlite() -> None:
    assert played("SQLite").wrong == []


def test_nothing_acknowledged_is_lost_or_doubled_when_gateways_or_their_postgresql_are_killed() -> None:
    assert played("two gateways").wrong == []


@NEEDS_COMPILER
def test_nothing_acknowledged_is_lost_when_the_power_is_cut() -> None:
    assert played("power cut").wrong == []


@NEEDS_COMPILER
def test_the_power_cut_finds_a_gateway_that_acknowledges_before_it_synced() -> None:
    wrong = played("power cut", full=False).wrong
    assert any("acknowledged answers are not in the journal" in what for what in wrong)
