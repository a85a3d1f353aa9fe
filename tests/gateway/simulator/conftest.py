"""Fixtures of the simulator's tests: a survey folder, and the command run on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tactful_gateway.cli.main import app

SURVEY = """
settings: {timezone: Asia/Shanghai}
touchpoints:
  payment:
    params:
      order.kind: {enum: [combo, 7]}
      order.amount: {type: number, minimum: 0}
      order.items: integer
      order.gift: boolean
      order.tags: {type: array, items: {type: string}}
rules:
  big: {at: payment, when: {order.amount: {at_least: 30}}, ask: all, priority: 1}
  gift: {at: payment, when: {order.gift: true}, ask: all}
  regular: {at: payment, when: {person.visits: {at_least: 3}, person.zip: "01234", device.type: phone}, ask: all}
questionnaires:
  all:
    questions:
      - {id: n, type: nps, text: How?, required: true}
      - {id: c, type: csat, text: How?, required: true}
      - {id: e, type: ces, text: How?, required: true}
      - {id: s, type: single, text: What?, required: true, options: [{id: a, text: A}, {id: b, text: B}], other: Else}
      - id: m
        type: multi
        text: What?
        required: true
        min: 2
        max: 2
        options: [{id: a, text: A}, {id: b, text: B}, {id: c, text: C}]
      - {id: t, type: text, text: Why?, required: true, max_length: 5}
      - {id: o, type: text, text: More?, if: {n: {at_most: 6}}}
do_not_disturb:
  caps: [{at_most: 1, per: 7d}]
"""

Simulate: TypeAlias = Callable[..., Result]


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    folder = tmp_path / "survey"
    folder.mkdir()
    (folder / "all.yaml").write_text(SURVEY)
    return folder


@pytest.fixture
def simulate(tmp_path: Path, survey: Path) -> Simulate:
    """Write traffic and simulate it: `simulate(text, *options, name="traffic.csv")`."""

    def run(text: str | bytes, *options: str, name: str = "traffic.csv") -> Result:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return CliRunner().invoke(app, ["simulate", str(survey), "--traffic", str(path), *options])

    return run
