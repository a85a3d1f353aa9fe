"""A sink that arrives with a version hears of it and of all that is decided under it, whatever else goes on."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tactful_gateway.consumers import group
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tests.eventually import eventually
from tests.gateway.http.publishing.conftest import RULES, Publisher

HANGING = """
sinks:
  old:
    kind: webhook
    url: "http://127.0.0.1:{port}/"
    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
    allow_private: true
    events: [invitation.created]
"""
NEW = 'sinks: {new: {kind: jsonl, path: "%s", events: [invitation.created, ruleset.published]}}\n'


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Give the port of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def heard(path: Path) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    events = map(msgspec.json.decode, path.read_bytes().splitlines())
    return [(event["type"].removeprefix("tactful."), event["subject"]) for event in events]


def test_a_new_sink_misses_nothing_while_a_stuck_one_ends_and_publishing_does_not_wait_for_it(
    published: Callable[..., Publisher], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent_port: int
) -> None:
    monkeypatch.setattr(group, "GRACE", 60.0)  # it ends when the silent one hangs up
    api, path = published(), tmp_path / "new.jsonl"
    api.publish(rules=RULES, sinks=HANGING.format(port=silent_port))
    api.ask("before")
    time.sleep(0.3)  # the old sink is in the middle of its delivery now
    answers: list[Any] = []
    with Publisher(api.gateway) as other:
        publishing = threading.Thread(target=lambda: answers.append(other.publish(rules=RULES, sinks=NEW % path)))
        publishing.start()
        eventually(lambda: api.get("/readyz").json()["version"] == 2)
        during = [api.person + f"-{number}" for number in range(5)]
        for number in range(5):
            api.ask(f"-{number}")
        publishing.join()
    assert answers[0].status_code == 200
    assert api.gateway.gateway.consumers.turn("old").locked(), "the old one has still its time to end"
    expected = [("ruleset.published", "ruleset"), *(("invitation.created", person) for person in during)]
    eventually(lambda: len(heard(path)) >= len(expected))
    assert heard(path) == expected


class ForgetfulStore(MemoryStore):
    """A store that keeps what it is given, and says that it did not while `loses_answers` says so."""

    loses_answers = False

    async def transact(self, keys: Any, step: Any) -> None:
        await super().transact(keys, step)
        if self.loses_answers:
            raise StoreUnavailableError("the connection was lost after the commit")


def test_a_new_sink_of_a_version_that_was_kept_but_never_went_live_hears_all_after_the_start(
    published: Callable[..., Publisher], tmp_path: Path
) -> None:
    store, path = ForgetfulStore(), tmp_path / "new.jsonl"
    api = published(store=store)
    api.publish(rules=RULES)
    api.ask("before")
    store.loses_answers = True
    assert api.publish(rules=RULES, sinks=NEW % path).status_code == 503
    store.loses_answers = False
    assert api.get("/readyz").json()["version"] == 1
    api.ask("between")
    between = api.person
    again = published(store=store)
    assert again.get("/readyz").json()["version"] == 2
    expected = [("ruleset.published", "ruleset"), ("invitation.created", between + "between")]
    eventually(lambda: heard(path) == expected)


def test_a_version_whose_answer_was_lost_goes_live_when_it_is_published_again(
    published: Callable[..., Publisher],
) -> None:
    store = ForgetfulStore()
    api = published(store=store)
    api.publish(rules=RULES)
    changed = RULES.replace("How was", "And how was")
    store.loses_answers = True
    assert api.publish(rules=changed).status_code == 503
    store.loses_answers = False
    refused = api.publish(rules=RULES + "# others", headers={"if-match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (412, "version_conflict")
    again = api.publish(rules=changed)
    assert (again.status_code, again.json()["version"]["number"]) == (200, 2)
    assert api.get("/readyz").json()["ruleset"] == again.json()["version"]["ruleset"]


def test_a_new_sink_of_a_changed_folder_hears_of_the_folder_s_version(
    published: Callable[..., Publisher], tmp_path: Path
) -> None:
    api, path = published(RULES), tmp_path / "new.jsonl"
    api.ask("before")
    (api.gateway.folder / "survey.yaml").write_text(RULES + NEW % path, encoding="utf-8")
    api.gateway.run(api.gateway.gateway.live.reload())
    api.ask("after")
    expected = [("ruleset.published", "ruleset"), ("invitation.created", api.person + "after")]
    eventually(lambda: heard(path) == expected)
