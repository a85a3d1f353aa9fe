"""Plays traffic with a progress bar, once, or twice to see what a change changes; and writes the decisions file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import BinaryIO

import msgspec
from rich.console import Console
from rich.progress import Progress

from tactful_gateway.cli.simulation.outputs import writing
from tactful_gateway.simulator.comparison import Comparison
from tactful_gateway.simulator.effects import Effects, Recording
from tactful_gateway.simulator.lines import decision_line, release_line
from tactful_gateway.simulator.people import People
from tactful_gateway.simulator.play import OnDecision, OnRelease, Released, Simulation
from tactful_gateway.simulator.report import Report
from tactful_gateway.simulator.traffic.visit import Traffic, Visit
from tactful_rules.model.decision import Verdict
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.tact import zone_of

_STEP = 250


def play(
    aside: Console,
    ruleset: Ruleset,
    people: People,
    traffic: Traffic,
    *,
    decisions: Path | None = None,
    also: OnDecision | None = None,
    zone: tzinfo | None = None,
) -> Report:
    """Play traffic once; `also` is told each decision, too; the report's days are those of `zone`."""
    simulation = Simulation(ruleset, people, zone=zone)
    simulation.report.rejected_params = traffic.rejected_params
    told = () if also is None else (also,)
    with _open(decisions) as file, _watching(aside, len(traffic.visits), file, told) as on_decision:
        return simulation.play(traffic.visits, on_decision, _writing_releases(file))


def play_both(
    aside: Console,
    before: tuple[Ruleset, Traffic],
    now: tuple[Ruleset, Traffic],
    people: People,
    *,
    decisions: Path | None = None,
) -> Comparison:
    """Play the same traffic through both rulesets, as each of them reads it; the decisions written are those of now.

    Both reports count days in the zone of now: an ask that comes out alike is one of the same day.
    """
    recording = Recording()
    was = play(aside, before[0], people, before[1], also=recording.note, zone=zone_of(now[0].settings))
    effects = Effects(recording)
    report = play(aside, now[0], people, now[1], decisions=decisions, also=effects.note)
    return Comparison(was, report, effects.changed())


@contextmanager
def _open(decisions: Path | None) -> Iterator[BinaryIO | None]:
    if decisions is None:
        yield None
        return
    with writing(decisions), decisions.open("wb") as file:
        yield file


def _writing_releases(file: BinaryIO | None) -> OnRelease:
    def on_release(released: Released) -> None:
        if file is not None:
            file.write(msgspec.json.encode(release_line(released)) + b"\n")

    return on_release


@contextmanager
def _watching(aside: Console, total: int, file: BinaryIO | None, also: Sequence[OnDecision]) -> Iterator[OnDecision]:
    """Give what is told each decision: it writes the decisions file and, on a terminal, moves a progress bar."""
    with Progress(console=aside, transient=True, disable=not aside.is_terminal) as progress:
        task = progress.add_task("Playing", total=total)
        done = 0

        def on_decision(visit: Visit, verdict: Verdict) -> None:
            nonlocal done
            done += 1
            if done % _STEP == 0:
                progress.update(task, completed=done)
            if file is not None:
                file.write(msgspec.json.encode(decision_line(visit, verdict)) + b"\n")
            for tell in also:
                tell(visit, verdict)

        yield on_decision
