"""A newer Tactful over what an older one published: the same files, and never a ruleset that isn't kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tactful_gateway.activation import NotReadyError
from tactful_gateway.activation.prepare import content_of
from tactful_gateway.contracts.samples import publication
from tactful_gateway.store.base import Changes, Keys
from tactful_gateway.store.memory import MemoryStore
from tests.gateway.http.publishing.conftest import RULES, Publisher
from tests.gateway.ledger.world import finish


def store_with(files: dict[str, str]) -> MemoryStore:
    """Make a store whose only version, the seventh, another program understood in its own way."""
    store = MemoryStore()
    made = replace(publication(7, content=content_of(files), ruleset="older"), files=files)
    finish(store.transact(Keys(), lambda _: Changes(published=[made])))
    return store


def test_what_a_newer_tactful_makes_another_ruleset_of_is_a_version_of_its_own(
    published: Callable[..., Publisher],
) -> None:
    api = published(store=store_with({"rules.yaml": RULES}))
    newest, older = api.versions()
    assert (newest["number"], newest["origin"], newest["of"]) == (8, "upgraded", 7)
    assert (newest["content"], older["ruleset"]) == (older["content"], "older")
    path = api.invite()
    assert api.get(path).json()["questionnaire"]["id"] == "csat"
    assert api.publish(rules=RULES).json()["result"] == "unchanged"


def test_a_test_that_grew_old_does_not_keep_a_published_version_down(published: Callable[..., Publisher]) -> None:
    failing = RULES + "tests: [{name: grew old, at: payment, expect: {reason: paused}}]\n"
    api = published(store=store_with({"rules.yaml": failing}))
    assert api.reason() == "asked"
    assert api.publish(rules=failing + "#").status_code == 422


@pytest.mark.parametrize("text", ["rules: [", "rules: {a: {at: nowhere, ask: nothing}}"])
def test_what_a_newer_tactful_no_longer_takes_ends_the_start_with_every_problem(
    published: Callable[..., Publisher], text: str
) -> None:
    with pytest.raises(NotReadyError, match="in version 7") as refused:
        published(store=store_with({"rules.yaml": text}))
    assert refused.value.problems[0].position.file == "rules.yaml"
