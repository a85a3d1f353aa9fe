"""One bench from its beginning to its end: which parts there are, and in which order they fill in the figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from tactful_gateway.measuring.drawing import Drawn, draw
from tactful_gateway.measuring.figures import Deciding, Figures, Tell
from tactful_gateway.measuring.gateway import Driver
from tactful_gateway.measuring.machine import find_asking, measure_deciding, measure_fsync
from tactful_gateway.measuring.running import BenchError, running
from tactful_gateway.survey import compile_ruleset
from tactful_rules.model.folder import SurveyFolder
from tactful_rules.model.ruleset import Ruleset

Watch = Callable[[str], Tell]
"""Is told the name of a part when it begins, and gives what is told how far it is."""


class Bench(Struct, frozen=True):
    """What is measured: a survey folder and the texts that it was read from, on the disk of a folder, for how long."""

    folder: SurveyFolder
    files: Mapping[str, str]
    place: Path
    connections: int
    seconds: float


def measure(bench: Bench, figures: Figures, watch: Watch) -> None:
    """Fill in the figures, each as soon as it is measured: whoever interrupts keeps the earlier ones.

    Raises:
        BenchError: there is nothing to measure, or the gateway could not be driven.
        OSError: nothing can be written in the folder.
    """
    compiled, now = compile_ruleset(bench.folder.ruleset), time.time_ns() // 1_000_000
    drawn = draw(bench.folder)
    if not drawn:
        raise BenchError("the folder declares no touchpoint, so there is nothing to decide")
    asking = find_asking(compiled, drawn, now)
    micros = measure_deciding(compiled, drawn, now, bench.seconds, watch("Deciding alone"))
    figures.deciding = Deciding(micros, len(drawn), len(asking))
    figures.fsync_millis = measure_fsync(bench.place, bench.seconds, watch("The disk"))
    starting = watch("Starting a gateway")
    with running(bench.files, bench.place) as gateway:
        starting(1)
        driver = Driver(gateway, bench.folder.ruleset, bench.connections)
        _drive(bench, driver, drawn, asking, figures, watch)


def _drive(
    bench: Bench, driver: Driver, drawn: Sequence[Drawn], asking: Sequence[Drawn], figures: Figures, watch: Watch
) -> None:
    decisions = driver.measure_decisions(drawn, bench.seconds, watch("Durable decisions"))
    figures.decisions = decisions
    wanted = decisions.millis.measured
    if asking and len(driver.asked) < wanted:
        driver.ask(asking, wanted, bench.seconds, watch("Asking"))
    if driver.asked:
        figures.responses = driver.measure_responses(bench.seconds, watch("Durable responses"))


def rules_without_a_screen(ruleset: Ruleset) -> tuple[str, ...]:
    """Give the rules that only sent channels could serve: nothing is sent in a bench, so they ask nobody."""
    return tuple(
        rule.id
        for rule in ruleset.rules
        if rule.enabled
        and not any(
            ruleset.channels[name].on_screen
            for name in ([step.channel for step in rule.channels] or list(ruleset.channels))
        )
    )
