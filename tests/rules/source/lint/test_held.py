"""Quotas of answers beside invitations that live on: places are held by those who do not answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tactful_rules.model.folder import Loaded

Check = Callable[[str], Loaded]
RULE = "rules: {{few: {{at: payment, ask: csat, when: {{order.kind: combo}}, priority: 1, sample: 9%, {}}}}}\n"


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("«~held_quota»quota: {answers: 200, per: day}", "200 places per day for `valid_for`, 3d"),
        ("«~held_quota»quota: {answers: 20, per: 1h}, valid_for: 2h", "20 places per 1h for `valid_for`, 2h"),
        ("«~held_quota»quota: {answers: 20, per: week}, valid_for: 14d", "20 places per week for `valid_for`, 14d"),
    ],
)
def test_an_invitation_that_outlasts_two_windows_of_its_quota_is_warned_of(check: Check, keys: str, says: str) -> None:
    (problem,) = check(RULE.format(keys)).problems
    assert says in problem.message
    assert "write `valid_for: " in problem.hint


@pytest.mark.parametrize(
    "keys",
    [
        "quota: {answers: 200, per: day}, valid_for: 30m",
        "quota: {answers: 200, per: day}, valid_for: 47h",
        "quota: {answers: 200, per: week}",
        "quota: {answers: 200, per: month}, valid_for: 30d",
        "quota: {asks: 200, per: day}",
        "quota: {answers: 200}",
    ],
)
def test_a_shorter_one_a_quota_of_asks_and_one_for_good_are_not(check: Check, keys: str) -> None:
    check(RULE.format(keys))


def test_a_rule_that_is_off_holds_nothing(check: Check) -> None:
    check(RULE.format("quota: {answers: 200, per: day}, «~disabled_rule»enabled: false"))


def test_a_touchpoint_at_which_no_rule_is_is_warned_of_at_its_place(check: Check) -> None:
    (problem,) = check(
        "touchpoints: {«~unused_touchpoint»menu: {}, more: {}}\nrules: {on: {at: more, ask: csat}}\n"
    ).problems
    assert problem.message == "no rule is at the touchpoint `menu`, so nobody is asked there"
