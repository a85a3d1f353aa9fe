"""Publishing over HTTP: checked first, live at once, durable, and nothing changes where it is refused."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from structlog.testing import capture_logs

from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.publishing import wanted
from tactful_gateway.sinks.kind import SinkKind
from tactful_gateway.sinks.registry import KINDS
from tactful_gateway.sinks.stdout import StdoutConfig
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.compiled import CompiledRuleset
from tests.eventually import PATIENCE, eventually
from tests.gateway.http.publishing.conftest import RULES, SINK, Publisher

NOBODY = RULES.replace("{at: payment,", "{at: payment, when: {order.amount: {at_least: 900}},")


def test_a_first_start_asks_nobody_and_says_that_nothing_was_published(published: Callable[..., Publisher]) -> None:
    api = published()
    ready = api.get("/readyz").json()
    assert (ready["status"], ready["source"], ready["version"]) == ("ready", "published", None)
    assert api.reason() == "unknown_touchpoint"
    assert api.versions() == []


def test_what_is_published_is_live_at_once_and_after_a_restart(published: Callable[..., Publisher]) -> None:
    api = published()
    receipt = api.publish(rules=RULES, message="The first one").json()
    assert receipt["result"] == "published"
    version = receipt["version"]
    assert (version["number"], version["origin"], version["message"]) == (1, "published", "The first one")
    assert api.reason("before") == "asked"
    assert api.get("/readyz").json()["ruleset"] == version["ruleset"]
    api = published()
    ready = api.get("/readyz").json()
    assert (ready["version"], ready["ruleset"]) == (1, version["ruleset"])
    assert api.reason("after") == "asked"
    assert [it["number"] for it in api.versions()] == [1]


def test_a_version_says_who_published_it_when_and_what(published: Callable[..., Publisher], clock: Any) -> None:
    api = published(clock=clock)
    api.publish(rules=RULES, message="why")
    (version,) = api.versions()
    key = next(key for key in api.gateway.gateway.services.keys._own if key.kind == "ak")
    assert (version["by"], version["at"]) == (key.id, "2027-01-15T08:00:00.000Z")
    shown = api.get("/v1/ruleset/versions/1", headers=api.ak).json()
    assert shown == version | {"files": {"rules.yaml": RULES}}
    assert len(version["content"]) == 64


def test_every_problem_of_a_bad_folder_is_told_with_its_place_and_nothing_changes(
    published: Callable[..., Publisher],
) -> None:
    api = published()
    api.publish(rules=RULES)
    bad = RULES.replace("at: payment", "at: paiment").replace("type: csat", "type: cast")
    refused = api.publish(rules=bad + "tests: [{name: one, at: payment, expect: {ask: true}}]\n", more="a: [")
    assert (refused.status_code, refused.json()["code"]) == (422, "survey_problems")
    problems = refused.json()["problems"]
    assert {(it["path"], it["line"]) for it in problems} >= {("rules.yaml", 5), ("rules.yaml", 7), ("more.yaml", 1)}
    misspelt = next(it for it in problems if it["line"] == 5)
    assert misspelt["column"] > 1
    assert "payment" in misspelt["hint"]
    assert api.get("/readyz").json()["version"] == 1
    assert api.reason() == "asked"


def test_failing_inline_tests_keep_a_folder_from_going_live(published: Callable[..., Publisher]) -> None:
    api = published()
    refused = api.publish(rules=RULES + "tests: [{name: quiet, at: payment, expect: {reason: paused}}]\n")
    assert refused.status_code == 422
    assert [it["code"] for it in refused.json()["problems"] if it.get("severity") != "warning"] == ["failed_test"]
    assert api.versions() == []


def test_variables_that_the_gateway_lacks_are_named_at_their_places_and_never_their_values(
    published: Callable[..., Publisher],
) -> None:
    secret = "whsec_c2VjcmV0LXRoYXQtbXVzdC1zdGF5LWhlcmU="
    api = published(
        environ={"HOOK_SECRET": secret, "TACTFUL_IDENTITY_SECRETS": "hush" * 9, "TACTFUL_ADMIN_KEY": "hush"}
    )
    sinks = """
sinks:
  hook:
    kind: webhook
    url: "https://example.com/${NO_SUCH_PATH}"
    secret: "${HOOK_SECRET}"
  leak: {kind: webhook, url: "https://example.com/${TACTFUL_IDENTITY_SECRETS}", secret: "${HOOK_SECRET}"}
  key: {kind: webhook, url: "https://example.com/${TACTFUL_ADMIN_KEY}", secret: "${HOOK_SECRET}"}
  odd: {kind: jsonl, path: out.jsonl, rotate: {size: "${HOOK_SECRET}"}}
channels: {web: {kind: widget}, sms: {kind: apprise, url: "${NO_SUCH_PROVIDER}"}}
"""
    refused = api.publish(rules=RULES, sinks=sinks)
    assert refused.status_code == 422
    found = {(it["code"], it["path"], it["line"]) for it in refused.json()["problems"]}
    assert found >= {
        ("unset_variable", "sinks.yaml", 5),
        ("reserved_variable", "sinks.yaml", 7),
        ("reserved_variable", "sinks.yaml", 8),
        ("unset_variable", "sinks.yaml", 10),
    }
    assert any(line == 9 for _, _, line in found)
    assert "NO_SUCH_PATH" in refused.text
    assert secret not in refused.text
    assert "hush" not in refused.text


def test_a_dry_run_says_everything_and_does_nothing(published: Callable[..., Publisher], tmp_path: Any) -> None:
    api = published(environ={"ANSWERS": str(tmp_path / "answers.jsonl")})
    api.publish(rules=RULES)
    changed = RULES.replace("How was paying?", "And now?").replace("do_not_disturb: {}", "")
    changed = changed.replace("rules:\n", "rules:\n  second: {at: payment, ask: csat, priority: -1}\n")
    body = {"files": {"rules.yaml": changed, "sinks.yaml": SINK}}
    told = api.put("/v1/ruleset", params={"dry_run": "1"}, headers=api.ak, json=body).json()
    assert (told["result"], told["version"]["number"]) == ("dry_run", 1)
    changes = told["changes"]
    assert changes["rules"] == {"added": ["second"]}
    assert changes["questionnaires"] == {"changed": ["csat"]}
    assert changes["sinks"] == {"added": ["answers"]}
    assert changes["do_not_disturb"]["removed"] == ["Nothing limits how often a person is asked."]
    assert changes["do_not_disturb"]["added"] == told["check"]["do_not_disturb"]
    assert "touchpoints" not in changes
    assert told["check"]["variables"] == ["ANSWERS"]
    assert told["check"]["counts"] == {"touchpoints": 1, "rules": 2, "questionnaires": 1, "tests": 0}
    assert [it["number"] for it in api.versions()] == [1]
    refused = api.put("/v1/ruleset", params={"dry_run": "1"}, headers=api.ak, json={"files": {"a.yaml": "a: 1"}})
    assert refused.status_code == 422


def test_the_same_content_again_is_no_new_version(published: Callable[..., Publisher]) -> None:
    api = published()
    first = api.publish(rules=RULES).json()
    for headers in ({}, {"if-match": '"0"'}):
        again = api.publish(rules=RULES, message="again", headers=headers).json()
        assert (again["result"], again["version"]) == ("unchanged", first["version"])
    assert api.publish(rules=RULES + "# a comment\n").json()["version"]["number"] == 2
    back = api.publish(rules=RULES).json()["version"]
    assert (back["number"], back["content"], back["ruleset"]) == (3, first["version"]["content"], back["ruleset"])


def test_an_expected_version_that_is_no_longer_the_latest_is_refused(published: Callable[..., Publisher]) -> None:
    api = published()
    none = api.publish(rules=RULES, headers={"if-match": '"7"'}).json()
    assert (none["code"], none["detail"]) == ("version_conflict", "None is the latest, not 7.")
    assert "Somebody" not in none["title"]
    first = api.publish(rules=RULES, headers={"if-match": '"0"'})
    assert (first.status_code, first.json()["version"]["number"]) == (200, 1)
    assert api.publish(rules=NOBODY, headers={"if-match": '"1"'}).status_code == 200
    late = api.publish(rules=RULES, headers={"if-match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "version_conflict")
    assert late.json()["detail"] == "Version 2 is the latest, not 1."
    dry = api.put("/v1/ruleset?dry_run=1", headers={**api.ak, "if-match": '"1"'}, json={"files": {"a.yaml": RULES}})
    assert dry.status_code == 412
    assert api.publish(rules=RULES, headers={"if-match": "latest"}).status_code == 422
    assert [it["number"] for it in api.versions()] == [2, 1]


def test_files_that_are_live_already_are_refused_too_where_another_version_was_expected(
    published: Callable[..., Publisher],
) -> None:
    api = published()
    for rules in (RULES, NOBODY, RULES):
        api.publish(rules=rules)
    late = api.publish(rules=RULES, headers={"if-match": '"1"'})
    assert (late.status_code, late.json()["detail"]) == (412, "Version 3 is the latest, not 1.")
    # Who expected the one before may have made this very version, and lost the answer.
    for expected in ('"2"', '"3"'):
        again = api.publish(rules=RULES, headers={"if-match": expected}).json()
        assert (again["result"], again["version"]["number"]) == ("unchanged", 3)


def test_of_many_who_publish_at_once_on_the_same_terms_one_wins(published: Callable[..., Publisher]) -> None:
    api = published()
    texts = [RULES.replace("How was", f"{number} how was") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda text: api.publish(rules=text, headers={"if-match": '"0"'}), texts))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda text: api.publish(rules=text + "# again\n"), texts))
    assert {answer.status_code for answer in answers} == {200}
    numbers = [answer.json()["version"]["number"] for answer in answers]
    assert sorted(numbers) == list(range(2, 10))
    latest = max(answers, key=lambda answer: answer.json()["version"]["number"]).json()["version"]
    assert api.get("/readyz").json()["ruleset"] == latest["ruleset"]


def test_sinks_are_published_along_and_hear_of_what_is_published_later(
    published: Callable[..., Publisher], tmp_path: Any
) -> None:
    out = tmp_path / "told.jsonl"
    api = published(environ={"ANSWERS": str(out)})
    sinks = SINK.replace("kind: jsonl,", "kind: jsonl, events: [ruleset.published, response.completed],")
    api.publish(rules=RULES, sinks=sinks)
    path = api.invite()
    api.put(f"{path}/response", json={"answers": {"score": 5}, "complete": True})
    second = api.publish(rules=RULES + "# more\n", sinks=sinks, message="louder").json()["version"]
    eventually(lambda: out.exists() and len(out.read_text().splitlines()) == 3)
    own, response, event = map(json.loads, out.read_text().splitlines())
    assert (own["type"], own["data"]["number"]) == ("tactful.ruleset.published", 1)
    assert response["type"] == "tactful.response.completed"
    assert (event["type"], event["subject"], event["time"]) == ("tactful.ruleset.published", "ruleset", second["at"])
    assert event["data"] == {key: second.get(key, "") for key in event["data"]} | {"of": None}
    assert event["data"]["message"] == "louder"
    api.publish(rules=RULES)
    path = api.invite("later")
    api.put(f"{path}/response", json={"answers": {"score": 5}, "complete": True})
    assert api.get("/metrics").text.count("tactful_sink_pending{") == 0


def test_the_journal_has_one_event_a_version(published: Callable[..., Publisher]) -> None:
    api = published()
    for text in (RULES, NOBODY, NOBODY, RULES):
        api.publish(rules=text)
    rows = api.gateway.run(api.gateway.gateway.services.store.journal(0, 100))
    events = [json.loads(row.body) for row in rows if row.type == "tactful.ruleset.published"]
    assert [event["data"]["number"] for event in events] == [1, 2, 3]


def test_a_gateway_over_a_folder_takes_no_publication_but_checks_one(published: Callable[..., Publisher]) -> None:
    api = published(RULES)
    refused = api.publish(rules=NOBODY)
    assert (refused.status_code, refused.json()["code"]) == (409, "folder_served")
    assert "change its files" in refused.json()["title"]
    assert api.post("/v1/ruleset/versions/1/rollback", headers=api.ak).status_code == 409
    body = {"files": {"survey.yaml": NOBODY}}
    told = api.put("/v1/ruleset?dry_run=1", headers=api.ak, json=body).json()
    changes = {"changed": ["any-payment"], "keys": {"any-payment": ["when"]}}
    assert (told["result"], told["changes"]["rules"]) == ("dry_run", changes)
    ready = api.get("/readyz").json()
    assert (ready["source"], ready["version"]) == ("folder", 1)


def test_what_a_folder_had_is_a_version_too_and_goes_on_without_the_folder(published: Callable[..., Publisher]) -> None:
    api = published(RULES)
    (version,) = api.versions()
    assert (version["origin"], version["number"]) == ("folder", 1)
    api = published()
    assert api.reason() == "asked"
    assert api.publish(rules=NOBODY).json()["version"]["number"] == 2
    api = published(RULES)
    assert [(it["number"], it["origin"]) for it in api.versions()] == [
        (3, "folder"),
        (2, "published"),
        (1, "folder"),
    ]


@pytest.mark.parametrize("kind", ["sk", "pk"])
def test_only_an_administrator_may_publish_and_look(published: Callable[..., Publisher], kind: str) -> None:
    api = published()
    headers = getattr(api, kind)
    assert api.put("/v1/ruleset", headers=headers, json={"files": {}}).status_code == 403
    for path in ("", "/1"):
        assert api.get(f"/v1/ruleset/versions{path}", headers=headers).status_code == 403
    assert api.post("/v1/ruleset/versions/1/rollback", headers=headers).status_code == 403
    assert api.put("/v1/ruleset", json={"files": {}}).status_code == 401
    assert api.get("/v1/ruleset", headers=api.ak).status_code == 403


class BreakingStore(MemoryStore):
    """A store with a mistake in it, while `broken` says so."""

    broken = False

    async def transact(self, keys: Any, step: Any) -> None:
        if self.broken:
            raise ZeroDivisionError
        await super().transact(keys, step)


def _counted(api: Publisher, name: str) -> dict[str, float]:
    lines = [line for line in api.get("/metrics").text.splitlines() if line.startswith(name + "{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


def test_publications_are_counted_by_what_came_of_them_and_are_no_reloads(published: Callable[..., Publisher]) -> None:
    store = BreakingStore()
    api = published(store=store)
    for text in (RULES, RULES, "a: ["):
        api.publish(rules=text)
        api.put("/v1/ruleset?dry_run=1", headers=api.ak, json={"files": {"rules.yaml": text}})
    api.publish(rules=NOBODY, headers={"if-match": '"9"'})
    api.post("/v1/ruleset/versions/9/rollback", headers=api.ak)
    store.broken = True
    assert api.publish(rules=NOBODY).status_code == 500
    assert _counted(api, "tactful_publications_total") == {"published": 1, "unchanged": 1, "refused": 3, "failed": 1}
    assert set(_counted(api, "tactful_reloads_total").values()) == {0}, "none, which is told, for a series has to rise"


def test_what_sinks_delivered_is_a_counter_and_goes_with_them(
    published: Callable[..., Publisher], tmp_path: Any
) -> None:
    api = published(environ={"ANSWERS": str(tmp_path / "answers.jsonl")}, db="memory:")
    api.publish(rules=RULES, sinks=SINK)
    api.put(f"{api.invite()}/response", json={"answers": {"score": 5}, "complete": True})
    eventually(lambda: _counted(api, "tactful_sink_delivered_total") == {"answers": 1})
    assert "# TYPE tactful_sink_delivered_total counter" in api.get("/metrics").text
    api.publish(rules=RULES)
    assert _counted(api, "tactful_sink_delivered_total") == {}


def test_the_log_says_who_published_what_and_holds_no_key(published: Callable[..., Publisher]) -> None:
    api = published()
    with capture_logs() as lines:
        api.publish(rules=RULES)
        api.publish(rules="a: [")
    said = {line["event"]: line for line in lines}
    assert (said["published"]["version"], said["published"]["sinks"]) == (1, [])
    assert said["publishing_refused"]["by"] == said["published"]["by"]
    assert api.gateway.keys["ak"] not in repr(lines)


def test_a_publisher_who_goes_away_leaves_store_and_gateway_agreed(published: Callable[..., Publisher]) -> None:
    api = published()
    live = api.gateway.gateway.live

    async def go_away() -> None:
        asking = asyncio.create_task(live.publish({"a.yaml": RULES}, wanted.Publisher("k", "n"), wanted.Terms()))
        await asyncio.sleep(0)
        asking.cancel()
        while api.gateway.gateway.services.version is None:
            await asyncio.sleep(0.01)

    api.gateway.run(asyncio.wait_for(go_away(), PATIENCE))
    version = api.versions()[0]
    assert api.get("/readyz").json()["ruleset"] == version["ruleset"]


def test_what_sdks_need_is_written_once_and_no_ruleset_stays_that_is_not_live(
    published: Callable[..., Publisher],
) -> None:
    api = published(db="memory:")
    documents, versions = api.gateway.gateway.services.documents, set()
    for number in range(4):
        text = RULES.replace("How was paying?", f"How was paying {number}?")
        versions.add(api.publish(rules=text).json()["version"]["ruleset"])
        tag = api.get("/v1/ruleset", headers=api.sk).headers["etag"]
        assert (documents.gate() is documents.gate(), documents.gate().etag) == (True, tag)
        assert api.get("/v1/widget", headers=api.pk).status_code == 200
    gc.collect()
    kept = [each.version for each in gc.get_objects() if isinstance(each, CompiledRuleset)]
    assert len(versions.intersection(kept)) == 1


def test_two_sinks_with_one_file_are_refused_at_the_second_s_path(published: Callable[..., Publisher]) -> None:
    api = published()
    sinks = """
sinks:
  one: {kind: jsonl, path: out.jsonl}
  two:
    kind: jsonl
    path: ./more/../out.jsonl
"""
    refused = api.publish(rules=RULES, sinks=sinks)
    assert refused.status_code == 422
    (problem,) = refused.json()["problems"]
    assert (problem["code"], problem["path"], problem["line"]) == ("shared_file", "sinks.yaml", 6)
    assert "one" in problem["message"]


def test_a_dry_run_that_takes_long_does_not_delay_what_is_meant(
    published: Callable[..., Publisher], monkeypatch: pytest.MonkeyPatch
) -> None:
    trying, go_on = threading.Event(), threading.Event()

    def check(_: object) -> list[OptionProblem]:
        trying.set()
        go_on.wait(PATIENCE)
        return []

    slow = SinkKind("slow", StdoutConfig, lambda *_: None, check)  # type: ignore[arg-type, return-value]
    monkeypatch.setitem(KINDS, "slow", slow)
    api, told = published(), []
    body = {"files": {"rules.yaml": RULES, "sinks.yaml": "sinks: {a: {kind: slow}}"}}
    with Publisher(api.gateway) as other:
        job = threading.Thread(
            target=lambda: told.append(other.put("/v1/ruleset?dry_run=1", headers=other.ak, json=body))
        )
        job.start()
        try:
            assert trying.wait(PATIENCE)
            assert api.publish(rules=RULES).json()["result"] == "published"
            assert not told
        finally:
            go_on.set()
            job.join()
    assert (told[0].json()["result"], told[0].json()["version"]) == ("dry_run", None)
