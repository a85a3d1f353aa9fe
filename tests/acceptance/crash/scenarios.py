"""What the suite plays: a world, the faults that strike it one after the other, and the judgement at the end."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.acceptance.conservation import assert_balance
from tests.acceptance.crash import power
from tests.acceptance.crash.faults import (
    CATCHING_UP,
    TAKEN_OVER,
    Fault,
    cut_power,
    freeze_leader,
    kill_database,
    kill_gateway,
    kill_leader,
    kill_sink,
    promote_standby,
    restart_database,
)
from tests.acceptance.crash.judging import judge_books, judge_sinks, judge_store
from tests.acceptance.crash.world import StoreKind, World, running_world
from tests.eventually import eventually

SETTLED = 30.0
"""Seconds after the last fault until everything is delivered, at most: a dead gateway's lease, a retry, the rest."""


@dataclass(frozen=True)
class Scenario:
    """`faults` with how many of each in the long form, and in the short one; `store` and `gateways` are its world."""

    name: str
    store: StoreKind
    gateways: int
    faults: Sequence[tuple[Fault, int, int]]
    cuts_power: bool = False

    def plan(self, chance: random.Random, *, short: bool) -> list[Fault]:
        """Give the faults in the order in which they strike."""
        plan = [fault for fault, many, few in self.faults for _ in range(few if short else many)]
        chance.shuffle(plan)
        return plan


SCENARIOS = (
    Scenario("SQLite", "sqlite", 1, ((kill_gateway, 100, 3), (kill_sink, 9, 1))),
    Scenario("power cut", "sqlite", 1, ((cut_power, 25, 2),), cuts_power=True),
    Scenario("PostgreSQL", "postgres", 1, ((kill_gateway, 100, 0), (kill_database, 10, 0), (restart_database, 5, 0))),
    Scenario("fail-over", "postgres with a standby", 2, ((promote_standby, 1, 0), (kill_sink, 1, 0))),
    Scenario(
        "two gateways",
        "postgres",
        2,
        (
            (kill_leader, 6, 1),
            (freeze_leader, 3, 0),
            (kill_gateway, 10, 1),
            (kill_database, 3, 1),
            (restart_database, 3, 0),
            (kill_sink, 6, 0),
        ),
    ),
)


@dataclass
class Outcome:
    """What came of one."""

    scenario: Scenario
    faults: int = 0
    answers: int = 0
    events: int = 0
    seconds: float = 0.0
    settled: float = 0.0
    wrong: list[str] = field(default_factory=list)


def play(scenario: Scenario, seed: int, tell: Callable[[str], None], *, short: bool, full: bool = True) -> Outcome:
    """Play one; with `full` false the gateway does what it must not, commit without a sync."""
    chance, outcome, began = random.Random(f"{seed} {scenario.name}"), Outcome(scenario), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tactful-crash-") as name:
        folder = Path(name)
        shim = power.build(folder) if scenario.cuts_power else {}
        prelude = "" if full else power.NORMAL
        with running_world(folder, scenario.store, scenario.gateways, shim, prelude) as world:
            plan = scenario.plan(chance, short=short)
            try:
                _strike(world, plan, chance, outcome, tell)
            except Exception as error:  # noqa: BLE001 - a world in which something failed may fail in any way
                struck = [fault.__name__ for fault in plan][outcome.faults : outcome.faults + 1]
                outcome.wrong.append(f"{type(error).__name__} {struck}: {error}")
    outcome.seconds = time.monotonic() - began
    return outcome


def _strike(
    world: World, plan: Sequence[Fault], chance: random.Random, outcome: Outcome, tell: Callable[[str], None]
) -> None:
    crowd = world.crowd()
    crowd.start()
    try:
        for fault in plan:
            before = time.monotonic()
            fault(world, crowd, chance)
            outcome.faults += 1
            for gateway in world.gateways:
                assert_balance(gateway.url)
            took = time.monotonic() - before
            tell(f"{outcome.faults:4} of {len(plan)}: {fault.__name__}, {took:.1f} s, {crowd.total} answers so far")
    finally:
        crowd.stop()
        outcome.answers = crowd.total
    outcome.wrong += crowd.refused + judge_store(world, crowd.acknowledged)
    if not outcome.wrong:  # what is lost is waited for in vain
        outcome.settled = _settle(world, crowd.total, outcome.wrong)
    outcome.wrong += [*judge_sinks(world), *judge_books(world)]
    outcome.events = len(world.journal())


def _settle(world: World, answers: int, wrong: list[str]) -> float:
    """Wait until nothing is pending any more, and give the seconds that it took."""
    began, wanted = time.monotonic(), {it.name: answers * len(it.wanted) for it in world.destinations}
    eventually(lambda: all(map(world.delivers, world.destinations)), TAKEN_OVER, "a sink is nobody's")
    waiting = max(wanted[it.name] - world.delivered(it) for it in world.destinations)
    patience = SETTLED + waiting / CATCHING_UP
    while (delivered := {it.name: world.delivered(it) for it in world.destinations}) != wanted:
        if time.monotonic() - began > patience:
            wrong.append(f"after {patience:.0f} s sinks had delivered {delivered} of {wanted}")
            break
        time.sleep(0.1)
    return time.monotonic() - began
