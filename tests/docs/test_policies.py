"""The policies in `examples/policies` are sound, and the tests in them bite: without its policy, each folder fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from tactful_gateway.survey import check_survey
from tactful_gateway.survey.inline_tests import run_tests
from tactful_rules.model.folder import SurveyFolder
from tactful_rules.model.ids import Instant
from tactful_rules.model.policy import DoNotDisturb

POLICIES = Path(__file__).parents[2] / "examples" / "policies"
FOLDERS = sorted(path.parent.name for path in POLICIES.glob("*/survey.yaml"))
NOW: Instant = 1_775_000_000_000
PARTS = ("pauses", "caps", "quiet_hours", "holidays")


def load(name: str) -> SurveyFolder:
    loaded = check_survey(POLICIES / name, NOW)
    assert not loaded.errors
    assert loaded.folder is not None
    return loaded.folder


def test_there_are_thirteen_and_the_readme_names_each():
    text = (POLICIES / "README.md").read_text("utf-8")
    assert len(FOLDERS) == 13
    assert [name for name in FOLDERS if f"[{name}]({name}/survey.yaml)" not in text] == []


@pytest.mark.parametrize("name", FOLDERS)
def test_it_has_no_problem_but_a_missing_sink(name: str):
    loaded = check_survey(POLICIES / name, NOW)
    assert {problem.code for problem in loaded.problems} <= {"no_sink"}


@pytest.mark.parametrize("name", FOLDERS)
def test_every_part_of_the_policy_is_held_by_a_test(name: str):
    folder = load(name)
    policy = folder.ruleset.do_not_disturb
    for part in PARTS:
        for number, left_out in enumerate(getattr(policy, part)):
            rest = tuple(it for place, it in enumerate(getattr(policy, part)) if place != number)
            assert _fails(folder, replace(policy, **{part: rest})), f"no test fails without {left_out}"


def _fails(folder: SurveyFolder, policy: DoNotDisturb) -> bool:
    return bool(run_tests(replace(folder, ruleset=replace(folder.ruleset, do_not_disturb=policy)), NOW))
