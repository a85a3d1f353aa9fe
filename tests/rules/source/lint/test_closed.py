"""Caps of 0: elsewhere "0" means no limit, here it means nobody."""

from __future__ import annotations

from collections.abc import Callable

from tactful_rules.model.folder import Loaded

Check = Callable[[str], Loaded]
URGENT = "rules: {urgent: {at: payment, ask: csat, priority: 9, when: {order.amount: {at_least: 5}}, ignore: caps}}\n"


def test_a_cap_of_0_is_warned_of_with_its_channels(check: Check) -> None:
    loaded = check("do_not_disturb: {«~never_asks»caps: [{at_most: 0, per: 7d}, {at_most: 2, per: 30d}]}\n")
    assert loaded.problems[0].message == "a cap of 0 lets nobody ever be asked"
    loaded = check("do_not_disturb: {«~never_asks»caps: [{at_most: 0, per: 7d, on: app}]}\n")
    assert loaded.problems[0].message == "a cap of 0 lets nobody ever be asked on app"


def test_a_cap_of_1_and_one_beside_a_rule_that_ignores_caps_are_not(check: Check) -> None:
    check("do_not_disturb: {caps: [{at_most: 1, per: 7d}]}\n")
    check(URGENT + "do_not_disturb: {caps: [{at_most: 0, per: 7d}]}\n")
