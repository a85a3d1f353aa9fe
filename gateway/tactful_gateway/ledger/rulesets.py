"""The ruleset in force, and old ones for as long as an invitation made under them may be answered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import msgspec

from tactful_gateway.store.base import Store
from tactful_rules.conditions import RegexCompiler
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ids import Instant
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.model.ruleset import Ruleset

OLD_KEPT = 8
"""How many old rulesets stay decoded; those used last."""


class Rulesets:
    """Knows the active ruleset and finds the questionnaires of every version that was ever active."""

    def __init__(self, store: Store, *, regex: RegexCompiler | None = None) -> None:
        self._store = store
        self._regex = regex
        self._active: CompiledRuleset | None = None
        self._activating = asyncio.Lock()
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

    async def activate(self, ruleset: Ruleset, now: Instant) -> CompiledRuleset:
        """Put a ruleset in force, after it is kept: no invitation ever names a version that isn't.

        Raises:
            StoreUnavailableError: it could not be kept; the one before stays in force.
        """
        async with self._activating:  # in the order of the calls, however long each takes
            # Ten thousand rules take a second or two, in which the ruleset in force goes on deciding.
            compiled = await asyncio.to_thread(CompiledRuleset, ruleset, regex=self._regex)
            await self._store.save_ruleset(compiled.version, msgspec.json.encode(ruleset), now)
            self._active = compiled
            return compiled

    async def questionnaire(self, version: str, questionnaire: str) -> Questionnaire | None:
        """Find a questionnaire as it stood in a version of the ruleset."""
        if self._active is not None and self._active.version == version:
            return self._active.ruleset.questionnaires.get(questionnaire)
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
