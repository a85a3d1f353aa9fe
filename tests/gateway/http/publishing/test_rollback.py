"""The way back: an old version again, as a new one, with what invitations still need of the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tactful_gateway.keeping.forgetting import AFTERLIFE, KEPT_VERSIONS, spent_versions
from tests.gateway.http.publishing.conftest import RULES, SINK, Publisher

OTHER = RULES.replace("How was paying?", "And now?")


def _rollback(api: Publisher, number: int, **more: Any) -> dict[str, Any]:
    answer = api.post(f"/v1/ruleset/versions/{number}/rollback", headers=api.ak, **more)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_an_old_version_goes_live_again_as_a_new_one(published: Callable[..., Publisher]) -> None:
    api = published()
    first = api.publish(rules=RULES).json()["version"]
    api.publish(rules=OTHER)
    told = _rollback(api, 1, json={"message": "Too short"})
    version = told["version"]
    assert (version["number"], version["origin"], version["of"]) == (3, "rolled_back", 1)
    assert (version["content"], version["ruleset"]) == (first["content"], first["ruleset"])
    assert (version["message"], told["changes"]) == ("Too short", {"questionnaires": {"changed": ["csat"]}})
    assert api.get("/readyz").json()["ruleset"] == first["ruleset"]
    api = published()
    assert api.get("/readyz").json()["version"] == 3


def test_rolling_back_needs_no_body_and_the_latest_one_stays_as_it_is(published: Callable[..., Publisher]) -> None:
    api = published()
    api.publish(rules=RULES)
    assert _rollback(api, 1)["result"] == "unchanged"
    api.publish(rules=OTHER)
    assert _rollback(api, 1, params={"dry_run": "1"})["result"] == "dry_run"
    assert [it["number"] for it in api.versions()] == [2, 1]
    refused = api.post("/v1/ruleset/versions/1/rollback", headers={**api.ak, "if-match": '"1"'})
    assert refused.status_code == 412


def test_a_version_is_checked_again_for_the_environment_may_have_changed(
    published: Callable[..., Publisher], tmp_path: Path
) -> None:
    api = published(environ={"ANSWERS": str(tmp_path / "answers.jsonl")})
    api.publish(rules=RULES, sinks=SINK)
    api.publish(rules=RULES)
    api = published(environ={})
    refused = api.post("/v1/ruleset/versions/1/rollback", headers=api.ak)
    assert (refused.status_code, refused.json()["code"]) == (422, "survey_problems")
    assert [(it["path"], it["code"]) for it in refused.json()["problems"]] == [("sinks.yaml", "unset_variable")]
    assert api.get("/readyz").json()["version"] == 2


def test_an_open_invitation_asks_what_was_decided_whatever_was_published_since(
    published: Callable[..., Publisher],
) -> None:
    api = published()
    api.publish(rules=RULES)
    path = api.invite()
    services = api.gateway.gateway.services
    for number in range(KEPT_VERSIONS + 2):
        assert api.publish(rules=OTHER + f"# {number}\n").status_code == 200
    versions = api.gateway.run(services.store.versions(None, 1_000))
    now = services.clock.now()
    assert spent_versions(versions, now) == []
    assert spent_versions(versions, now + versions[-1].lasts + 2 * AFTERLIFE) == [3, 2, 1]
    api = published()
    assert api.get(path).json()["questionnaire"]["questions"][0]["text"] == "How was paying?"
    assert api.put(f"{path}/response", json={"answers": {"score": 5}, "complete": True}).status_code == 202
