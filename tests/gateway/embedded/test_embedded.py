"""The embedded mode: the whole product in one process, ended by `close()` or by the interpreter's exit."""

from __future__ import annotations

import contextlib
import inspect
import os
import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tactful_gateway import embedded
from tactful_gateway.activation import NotReadyError
from tactful_gateway.app import Gateway
from tactful_gateway.settings import SettingsError
from tactful_gateway.store.base import StoreUnavailableError
from tests.eventually import eventually

SURVEY = """
touchpoints: {payment: {params: {order.amount: number}}}
rules: {big: {at: payment, ask: q, when: {order.amount: {at_least: 30}}}}
questionnaires: {q: {questions: [{id: score, type: nps, text: How likely?}]}}
"""
DEAD = """
sinks:
  dead:
    kind: webhook
    url: http://127.0.0.1:1/
    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
    allow_private: true
    events: [invitation.created]
"""
HOST = """
import sys
from tactful_gateway import embedded
sdk = embedded.open(sys.argv[1], db=sys.argv[2])
print(sdk.touchpoint("payment", person="u", params={"order": {"amount": 40}}, event_id="e").invitation.id)
"""


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    (tmp_path / "survey").mkdir()
    (tmp_path / "survey" / "a.yaml").write_text(SURVEY, "utf-8")
    return tmp_path / "survey"


def test_it_decides_as_a_server_does(survey: Path) -> None:
    with embedded.open(survey, db="memory:", timeout=5) as sdk:
        asked = sdk.touchpoint("payment", person={"id": "u"}, params={"order": {"amount": 40}})
        assert (asked.ask, asked.rule) == (True, "big")
        assert sdk.touchpoint("payment", person="v", params={"order": {"amount": 4}}).reason == "no_rule"


def test_without_a_public_url_an_invitation_has_no_link_instead_of_one_to_nowhere(survey: Path) -> None:
    with embedded.open(survey, db="memory:", timeout=5) as sdk:
        asked = sdk.touchpoint("payment", person="u", params={"order": {"amount": 40}})
        assert asked.invitation is not None
        assert (asked.invitation.url, len(asked.invitation.token)) == ("", 43)


@pytest.mark.parametrize(
    "address", ["shop.example/tactful", "/tactful", "ftp://shop.example", "https://", "http://[::1", "http://a?b"]
)
def test_a_public_url_that_is_no_address_is_refused(survey: Path, address: str) -> None:
    with pytest.raises(SettingsError, match=r"such as https://survey\.example\.com"):
        embedded.open(survey, db="memory:", public_url=address)
    assert not [thread for thread in threading.enumerate() if thread.name == "tactful-embedded"]


def test_closing_ends_its_thread_and_lets_go_of_the_database(survey: Path, tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 't.db'}"
    for _ in range(2):
        sdk = embedded.open(survey, db=db, timeout=5)
        first = sdk.touchpoint("payment", person="u", params={"order": {"amount": 40}}, event_id="e")
        assert first.reason == "asked"
        sdk.close()
        assert not [thread for thread in threading.enumerate() if thread.name == "tactful-embedded"]


def test_two_on_one_database_are_refused(survey: Path, tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 't.db'}"
    with embedded.open(survey, db=db), pytest.raises(StoreUnavailableError, match="another tactful process"):
        embedded.open(survey, db=db)


def test_the_hosts_random_numbers_are_what_they_would_be_without_it(survey: Path) -> None:
    (survey / "b.yaml").write_text(DEAD, "utf-8")
    before = random.getstate()
    with capture_logs() as lines, embedded.open(survey, db="memory:", timeout=5) as sdk:
        assert sdk.touchpoint("payment", person="u", params={"order": {"amount": 40}}).ask
        # The wait before the next try of a delivery that failed is spread by chance.
        eventually(lambda: any(line["event"] == "delivery_failed" for line in lines))
    assert random.getstate() == before


def test_a_broken_folder_is_said_at_once_with_its_problems(survey: Path) -> None:
    (survey / "a.yaml").write_text("touchpoints: {payment: {stag: x}}\n", "utf-8")
    with pytest.raises(NotReadyError) as raised:
        embedded.open(survey, db="memory:")
    assert raised.value.problems
    for problem in raised.value.problems[:10]:
        assert str(problem) in str(raised.value)


def test_of_many_problems_the_message_lists_ten(survey: Path) -> None:
    touchpoints = ", ".join(f"t{number}: {{stag: x}}" for number in range(30))
    (survey / "a.yaml").write_text(f"touchpoints: {{{touchpoints}}}\n", "utf-8")
    with pytest.raises(NotReadyError, match="and 50 more; `tactful check"):
        embedded.open(survey, db="memory:")


def test_no_signature_shows_the_environment() -> None:
    assert inspect.signature(embedded.open).parameters["environ"].default is None
    assert inspect.signature(Gateway).parameters["environ"].default is None


def test_a_host_that_forgets_to_close_still_ends_and_loses_nothing(survey: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOST, str(survey), f"sqlite:///{tmp_path / 't.db'}"]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    first = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environ)
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environ)
    assert first.stdout == second.stdout != ""
    assert first.stderr == ""
    with contextlib.closing(sqlite3.connect(tmp_path / "t.db")) as db:
        reported = db.execute("SELECT sum(count) FROM counted WHERE source = 'sdk'").fetchone()
    assert reported == (2,), "the last report is sent at the interpreter's exit"
