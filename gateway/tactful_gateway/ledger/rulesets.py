"""The ruleset in force, and old ones for as long as an invitation made under them may be answered."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from tactful_gateway.store.base import Store
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ids import Span
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.model.ruleset import Ruleset

OLD_KEPT = 8
"""How many old rulesets stay decoded; those used last."""


def longest_life(ruleset: Ruleset) -> Span:
    """Give how long after a decision an invitation may still ask what this ruleset says, in milliseconds.

    It waits for its delay, then for at most its life until a quiet stretch ends, and then lives. Whatever is decided
    again in the meantime goes by the ruleset in force then.
    """
    return max((rule.delay + 2 * rule.valid_for for rule in ruleset.rules), default=0)


class Rulesets:
    """Knows the active ruleset and finds the questionnaires of every version that was ever active."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._active: CompiledRuleset | None = None
        self._old: OrderedDict[str, Ruleset] = OrderedDict()

    @property
    def active(self) -> CompiledRuleset:
        """Give the ruleset in force.

        Raises:
            RuntimeError: none was activated yet.
        """
        if self._active is None:
            raise RuntimeError("no ruleset is active: call activate() first")
        return self._active

    def activate(self, compiled: CompiledRuleset) -> None:
        """Put a ruleset in force; publish it first (`Publish`), for no invitation may name one that isn't kept."""
        self._active = compiled

    def active_questionnaire(self, version: str, questionnaire: str) -> Questionnaire | None:
        """Give a questionnaire of this version, if that is the one in force."""
        if self._active is not None and self._active.version == version:
            return self._active.ruleset.questionnaires.get(questionnaire)
        return None

    async def questionnaire(self, version: str, questionnaire: str) -> Questionnaire | None:
        """Find a questionnaire as it stood in a version of the ruleset."""
        if self._active is not None and self._active.version == version:
            return self.active_questionnaire(version, questionnaire)
        if version not in self._old:
            body = await self._store.ruleset(version)
            if body is None:
                return None
            self._old[version] = msgspec.json.decode(body, type=Ruleset)
        self._old.move_to_end(version)
        ruleset = self._old[version]
        if len(self._old) > OLD_KEPT:
            self._old.popitem(last=False)
        return ruleset.questionnaires.get(questionnaire)
