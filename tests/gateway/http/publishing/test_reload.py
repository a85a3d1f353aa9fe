"""A folder that is read again, and stores that fail: what is live stays, and is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from tactful_gateway.clock import Clock
from tactful_gateway.sinks.kind import SinkKind
from tactful_gateway.sinks.registry import KINDS
from tactful_gateway.sinks.stdout import StdoutConfig
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tests.eventually import eventually
from tests.gateway.http.publishing.conftest import RULES, Publisher


def reloads(api: Publisher) -> dict[str, float]:
    lines = [line for line in api.get("/metrics").text.splitlines() if line.startswith("tactful_reloads_total{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


def test_a_folder_read_again_unchanged_is_no_new_version(published: Callable[..., Publisher]) -> None:
    api = published(RULES)
    live = api.gateway.gateway.live
    with capture_logs() as lines:
        api.gateway.run(live.reload())
    told = [(it["event"], it["version"]) for it in lines if it["event"].startswith("reload")]
    assert told == [("reload_unchanged", 1)]
    assert (reloads(api), len(api.versions())) == ({"unchanged": 1, "activated": 0, "rejected": 0}, 1)
    survey = api.gateway.folder / "survey.yaml"
    survey.write_text(RULES + "# somebody wrote something\n", encoding="utf-8")
    api.gateway.run(live.reload())
    newest, first = api.versions()
    assert (newest["number"], newest["origin"], newest["ruleset"]) == (2, "folder", first["ruleset"])
    assert reloads(api) == {"unchanged": 1, "activated": 1, "rejected": 0}


def test_a_folder_put_right_again_is_no_longer_reported(published: Callable[..., Publisher]) -> None:
    api = published(RULES)
    live, survey = api.gateway.gateway.live, api.gateway.folder / "survey.yaml"
    survey.write_text("rules: [", encoding="utf-8")
    api.gateway.run(live.reload())
    assert api.get("/readyz").json()["reload"] == ["yaml_syntax"]
    assert api.get("/readyz", headers=api.ak).json()["reload"] == ["survey.yaml:1:9: yaml_syntax"]
    survey.write_text(RULES, encoding="utf-8")
    api.gateway.run(live.reload())
    assert api.get("/readyz").json()["reload"] == []
    assert reloads(api) == {"rejected": 1, "unchanged": 1, "activated": 0}


@pytest.mark.parametrize("repaired", [RULES, RULES + "# put right\n"], ids=["as it was", "otherwise"])
def test_a_folder_put_right_again_is_told_once_and_as_loudly_as_its_mistake(
    published: Callable[..., Publisher], repaired: str
) -> None:
    api = published(RULES)
    live, survey = api.gateway.gateway.live, api.gateway.folder / "survey.yaml"
    with capture_logs() as lines:
        for text in ("rules: [", repaired, repaired):
            survey.write_text(text, encoding="utf-8")
            api.gateway.run(live.reload())
    told = [(it["event"], it.get("version")) for it in lines if it["log_level"] in ("warning", "error")]
    assert told == [("reload_rejected", None), ("reload_in_force_again", api.versions()[0]["number"])]


def test_a_folder_that_takes_the_place_of_what_was_published_is_warned_of(published: Callable[..., Publisher]) -> None:
    api = published()
    api.publish(rules=RULES)
    with capture_logs() as lines:
        published(RULES + "# a folder again\n")
    (warning,) = (line for line in lines if line["event"] == "published_version_superseded")
    assert (warning["version"], warning["log_level"]) == (1, "warning")
    assert "tactful ruleset rollback 1" in warning["remedy"]
    with capture_logs() as lines:
        published(RULES + "# and again\n")
    assert [line for line in lines if line["event"] == "published_version_superseded"] == []


class FullStore(MemoryStore):
    """A store whose disk is full while `full` says so."""

    full = False

    async def transact(self, keys: Any, step: Any) -> None:
        if self.full:
            raise StoreUnavailableError("the disk is full")
        await super().transact(keys, step)


def test_on_a_full_disk_nothing_is_published_and_what_was_live_stays(published: Callable[..., Publisher]) -> None:
    store = FullStore()
    api = published(store=store)
    before = api.publish(rules=RULES).json()["version"]["ruleset"]
    store.full = True
    changed = RULES.replace("How was", "And how was")
    refused = api.publish(rules=changed)
    assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
    assert int(refused.headers["retry-after"]) > 0
    ready = api.get("/readyz").json()
    assert (ready["version"], ready["ruleset"]) == (1, before)
    store.full = False
    assert api.publish(rules=changed).json()["version"]["number"] == 2


def test_a_changed_folder_goes_live_once_the_disk_has_room_again(published: Callable[..., Publisher]) -> None:
    store = FullStore()
    api = published(RULES, store=store, watch=True)
    before = api.get("/readyz").json()["ruleset"]
    store.full = True
    changed = RULES.replace("How was", "And how was")
    (api.gateway.folder / "survey.yaml").write_text(changed, encoding="utf-8")
    eventually(lambda: reloads(api).get("rejected", 0) >= 1)
    ready = api.get("/readyz").json()
    assert (ready["ruleset"], ready["reload"]) == (before, ["see the log"])
    store.full = False
    eventually(lambda: api.get("/readyz").json()["ruleset"] != before)
    assert api.get("/readyz").json()["reload"] == []
    assert api.versions()[0]["number"] == 2


def _raise(options: object, _: Clock) -> Any:
    raise RuntimeError(f"these may hold a secret: {options}")


def test_a_folder_whose_sink_fails_unexpectedly_is_told_and_the_next_change_goes_live(
    published: Callable[..., Publisher], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "broken", SinkKind("broken", StdoutConfig, _raise))
    api = published(RULES, watch=True)
    before = api.get("/readyz").json()["ruleset"]
    survey = api.gateway.folder / "survey.yaml"
    with capture_logs() as lines:
        survey.write_text(RULES + "sinks: {a: {kind: broken, format: json}}\n", encoding="utf-8")
        eventually(lambda: api.get("/readyz").json()["reload"] == ["see the log"])
    (told,) = (line for line in lines if line["event"] == "reload_rejected")
    assert (told["error"], "in _raise" in told["trace"]) == ("unexpected RuntimeError", True)
    assert "StdoutConfig(" not in str(told)
    survey.write_text(RULES.replace("How was", "And how was"), encoding="utf-8")
    eventually(lambda: api.get("/readyz").json()["ruleset"] != before)


class StumblingStore(MemoryStore):
    """A store that fails once with something that no store should raise."""

    stumbled = False
    forgot = False

    async def forget(self, before: int, *, feedback: int) -> None:
        if not self.stumbled:
            self.stumbled = True
            raise RuntimeError("nobody thought of this")
        self.forgot = True
        await super().forget(before, feedback=feedback)


def test_housekeeping_that_fails_unexpectedly_is_told_and_starts_again(published: Callable[..., Publisher]) -> None:
    store = StumblingStore()
    with capture_logs() as lines:
        published(RULES, store=store)
        eventually(lambda: store.forgot)
    (told,) = (line for line in lines if line["event"] == "housekeeping_failed")
    assert (told["work"], told["log_level"]) == ("forgetting", "error")
