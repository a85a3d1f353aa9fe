"""Fixtures of the explanation's tests: a survey folder in which everything may be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

SURVEY = """
settings: {timezone: Asia/Shanghai, holdout: 1%}
touchpoints:
  payment:
    params: {order.amount: {type: number, minimum: 0}, order.items: integer, order.gift: boolean, store.zip: string}
channels: {web: {kind: widget}, app: {kind: app}}
rules:
  big:
    at: payment
    when: {order.amount: {at_least: 30}}
    variants:
      - {ask: combo-nps, when: {history.answers: 0}}
      - {ask: combo-csat, when: {history.answers: {at_least: 1}}, weight: 80}
      - {ask: combo-ces, when: {history.answers: {at_least: 1}}, weight: 20}
    quota: {answers: 200, per: day}
    sample: 90%
    priority: 2
  gift: {at: payment, when: {order.gift: true}, ask: combo-csat, priority: 1}
  nested:
    at: payment
    when: {any: [{order.items: {at_least: 3}}, {not: {device.type: phone}}], all: [{person.visits: {at_least: 3}}]}
    ask: combo-csat
  off: {at: payment, ask: combo-csat, enabled: false}
  over: {at: payment, ask: combo-csat, until: 2020-01-01}
questionnaires:
  combo-nps: {questions: [{id: n, type: nps, text: How?}]}
  combo-csat: {questions: [{id: n, type: csat, text: How?}]}
  combo-ces: {questions: [{id: n, type: ces, text: How?}]}
do_not_disturb:
  pauses: [{after: dismissed, for: 30d}]
  caps: [{at_most: 1, per: 7d}]
"""


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    folder = tmp_path / "survey"
    folder.mkdir()
    (folder / "all.yaml").write_text(SURVEY)
    return folder
