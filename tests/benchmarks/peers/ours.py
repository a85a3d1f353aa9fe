"""Measures Tactful itself, as `measure.py` does the others: the SDK's whole call, a whole decision, the matching alone.

The whole call is timed where it ends in the process, with a no: an event that a rule holds for goes on to the gateway,
so there the gateway's decision is timed (which rule, and may it ask).
"""

from __future__ import annotations

import json
from typing import Any

from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.person import PersonState
from tests.benchmarks import many_rules as many
from tests.benchmarks.local import CALL, client
from tests.benchmarks.peers.measure import CHECKED, SIZES, best, measure
from tests.benchmarks.peers.peer import Ask, Peer, Rules, plainly

NOW = 1_795_305_600_000
NOBODY = PersonState()
"""Somebody who was never asked."""


def _whole_call(rules: int) -> float:
    with client(rules) as sdk:
        return best(lambda: sdk.touchpoint(**CALL))


def _decision(rules: int) -> float:
    compiled = CompiledRuleset(many.ruleset(rules))
    for event in (many.EVENT_LAST, many.EVENT_NONE, *many.random_events(CHECKED[rules])):
        rule = many.winner(many.plain_rules(rules), many.values(event))
        assert decide(compiled, event, NOBODY, {}, NOW).rule == (rule and rule.id)
    return best(lambda: decide(compiled, many.EVENT_LAST, NOBODY, {}, NOW))


def _build(rules: Rules) -> Ask:
    find = CompiledRuleset(many.ruleset(len(rules))).find_rule

    def ask(found: dict[str, Any]) -> str | None:
        first = find(many.TOUCHPOINT, NOW, found.get)
        return None if first is None else first[0].rule.variants[0].ask

    return ask


PEER = Peer("tactful", "engine", plainly(_build), dict)
"""What the gateway decides with, used as the engines are: a plain map of attributes in, what is asked out."""


def figures(rules: int) -> dict[str, float]:
    """Give the microseconds of each way."""
    matching = measure(PEER, rules)
    return {
        "call none": _whole_call(rules),
        "decide last": _decision(rules),
        "match none": matching["none"],
        "match last": matching["last"],
    }


if __name__ == "__main__":
    print(json.dumps({count: figures(count) for count in SIZES}))
