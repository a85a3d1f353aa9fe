"""The same rules in feature flag SDKs and rule engines: one evaluation of theirs beside ours, by number of rules.

Each tool runs in a process of its own, in the environment that `make bench` makes for this alone (`.bench/peers`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.row import Baseline, Row

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".bench" / "peers" / "bin" / "python"
FLAGS = ("growthbook", "launchdarkly", "posthog", "unleash")
ENGINES = ("cel", "datalogic", "rule_engine")
MOST = 10_000
TIMES = 500

Figures = dict[int, dict[str, float]]
"""Microseconds by number of rules and kind of event."""


def rows() -> list[Row]:
    """Measure all, one after the other, and compare."""
    if not PYTHON.exists():
        return [Row(name="peers", value=0, unit="tools", met=False, note="not installed: `make bench` installs them")]
    ours = _measure("ours")
    flags = {peer: _measure(peer) for peer in FLAGS}
    engines = {peer: _measure(peer) for peer in ENGINES}
    compared = [_sdk(peer, count, flags[peer], ours) for peer in flags for count in ours]
    compared += [_engine(peer, count, engines[peer], ours) for peer in engines for count in ours]
    return [*compared, _best_sdk(flags, ours)]


def _measure(module: str) -> Figures:
    program = "ours" if module == "ours" else "measure"
    print(f"  {module} ...", file=sys.stderr, flush=True)
    command = [str(PYTHON), "-m", f"tests.benchmarks.peers.{program}"]
    command += [] if module == "ours" else [module]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{module} could not be measured:\n{done.stderr}")
    return {int(count): figures for count, figures in json.loads(done.stdout).items()}


def _sdk(peer: str, count: int, theirs: Figures, ours: Figures) -> Row:
    """Compare calls of SDKs: where no rule holds, ours as a whole; where the last holds, the gateway's decision."""
    none = ("none holds", theirs[count]["none"], "touchpoint()", ours[count]["call none"])
    last = ("the last holds", theirs[count]["last"], "decide", ours[count]["decide last"])
    return _row(f"{peer}, {_rules(count)}", none, last)


def _engine(peer: str, count: int, theirs: Figures, ours: Figures) -> Row:
    """Compare evaluations: an engine knows neither events nor persons, so ours is the matching alone."""
    none = ("none holds", theirs[count]["none"], "matching", ours[count]["match none"])
    last = ("the last holds", theirs[count]["last"], "matching", ours[count]["match last"])
    return _row(f"{peer}, {_rules(count)}", none, last)


def _rules(count: int) -> str:
    return "1 rule" if count == 1 else f"{count:,} rules"


def _row(name: str, *pairs: tuple[str, float, str, float]) -> Row:
    """Make a row of the event that is worse for us; the other one is its note."""
    (event, theirs, what, ours), other = sorted(pairs, key=lambda pair: pair[1] / pair[3])
    return Row(
        name=f"{name}, {event}",
        value=theirs,
        unit="µs",
        baseline=Baseline(what, ours),
        budget="> 1 (slower than ours)",
        met=theirs > ours,
        note=f"{other[0]}: {other[1]:,.1f} / {other[3]:,.1f} ({other[2]}) = {other[1] / other[3]:,.1f}",
    )


def _best_sdk(flags: dict[str, Figures], ours: Figures) -> Row:
    """Compare our whole call with the fastest feature flag SDK at the most rules."""
    peer = min(flags, key=lambda name: flags[name][MOST]["none"])
    theirs, whole = flags[peer][MOST]["none"], ours[MOST]["call none"]
    return Row(
        name=f"fastest feature flag SDK ({peer}), {MOST:,} rules, none holds",
        value=theirs,
        unit="µs",
        baseline=Baseline("touchpoint()", whole),
        budget=f">= {TIMES}",
        met=theirs >= TIMES * whole,
        note="one evaluation of theirs, our whole call",
    )
