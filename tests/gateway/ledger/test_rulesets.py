"""Which ruleset is in force, and the questionnaires of those that were."""

from __future__ import annotations

import msgspec
import pytest

from tactful_gateway.ledger import Rulesets
from tactful_gateway.ledger.rulesets import OLD_KEPT
from tactful_gateway.store.base import Changes, Keys
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import Publication, VersionRecord
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ruleset import Ruleset
from tests.gateway.ledger.world import SURVEY, make_ruleset


async def test_old_questionnaires_are_found_by_their_version() -> None:
    store = MemoryStore()
    rulesets = Rulesets(store)
    rulesets.activate(CompiledRuleset(make_ruleset()))
    old = rulesets.active.version
    assert rulesets.active_questionnaire(old, "csat") == SURVEY
    version = VersionRecord(number=1, at=0, content="c", ruleset=old, origin="folder")
    kept = Publication(version, {}, msgspec.json.encode(rulesets.active.ruleset))
    await store.transact(Keys(), lambda _: Changes(published=[kept]))
    newer = make_ruleset()
    newer = Ruleset(touchpoints=newer.touchpoints, channels=newer.channels)
    rulesets.activate(CompiledRuleset(newer))
    assert rulesets.active.version != old
    assert rulesets.active_questionnaire(old, "csat") is None
    for _ in range(2):
        assert await rulesets.questionnaire(old, "csat") == SURVEY
    assert await rulesets.questionnaire(rulesets.active.version, "csat") is None
    assert await rulesets.questionnaire("never", "csat") is None
    assert await Rulesets(store).questionnaire(old, "csat") == SURVEY


class LibraryStore(MemoryStore):
    """A memory store that has any version, and remembers which it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def ruleset(self, version: str) -> bytes | None:
        self.asked.append(version)
        return msgspec.json.encode(make_ruleset())


async def test_of_old_rulesets_those_that_were_needed_last_stay_at_hand() -> None:
    store = LibraryStore()
    rulesets = Rulesets(store)
    versions = [f"v{number}" for number in range(OLD_KEPT)]
    for version in (*versions, *reversed(versions), "another", versions[0], versions[-1]):
        assert await rulesets.questionnaire(version, "csat") == SURVEY
    assert store.asked == [*versions, "another", versions[-1]]


def test_asking_for_a_ruleset_before_there_is_one_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="activate"):
        _ = Rulesets(MemoryStore()).active
