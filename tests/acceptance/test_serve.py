"""`tactful serve` as a process: how it starts, refuses to start, reloads and ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import fields

from tactful_gateway.settings import GatewaySettings, SettingsError, read_settings
from tests.eventually import PATIENCE, eventually

BROKEN = """
touchpoints: {payment: {}}
rules:
  first: {at: paiment, ask: q}
  second: {at: payment, ask: nothing}
questionnaires: {q: {questions: [{id: score, type: nbs, text: How?}]}}
"""


def cli(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from tactful_gateway.cli.main import run; run()", *arguments]
    env = {**os.environ, **environ}
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=env)


def make_key(served: Any) -> dict[str, str]:
    made = cli("keys", "create", "--kind", "sk", "--db", f"sqlite:///{served.db}")
    assert made.returncode == 0, made.stderr
    return {"authorization": f"Bearer {made.stdout.strip()}"}


def decide(served: Any, headers: dict[str, str], person: str = "u") -> httpx.Response:
    return httpx.post(f"{served.url}/v1/touchpoints", headers=headers, json={"touchpoint": "payment", "person": person})


def test_the_first_start_says_where_it_is_and_how_to_make_keys(serve: Any) -> None:
    served = serve()
    assert httpx.get(f"{served.url}/readyz").json()["status"] == "ready"
    eventually(lambda: len(served.log) > 1)
    started, keys = (json.loads(line) for line in served.log[:2])
    assert (started["event"], started["level"], started["url"]) == ("started", "info", served.url)
    assert (started["touchpoints"], started["rules"], started["sinks"]) == (1, 1, [])
    assert started["database"] == f"sqlite:///{served.db}"
    assert keys["event"] == "no_keys"
    assert "tactful keys create" in keys["remedy"]
    assert served.lines == []
    secret = served.db.with_name(served.db.name + ".secret")
    assert secret.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(secret.read_text())) == 32


def test_keys_made_listed_and_revoked_beside_a_running_gateway_count_within_seconds(serve: Any) -> None:
    served = serve()
    db = ("--db", f"sqlite:///{served.db}")
    headers = make_key(served)
    eventually(lambda: decide(served, headers).status_code == 200)
    page = cli("keys", "create", "--kind", "pk", "--origin", "https://shop.example", "--name", "web", *db)
    listed = cli("keys", "list", *db).stdout
    assert page.stdout.strip() not in listed
    assert "https://shop.example" in listed
    server_key = next(line for line in listed.splitlines() if " sk " in line).split()[0]
    assert cli("keys", "revoke", server_key, *db).returncode == 0
    eventually(lambda: decide(served, headers).status_code == 401)
    assert cli("keys", "revoke", "nobody", *db).returncode == 1
    assert cli("keys", "create", "--kind", "pk", *db).returncode == 2


def test_a_broken_folder_ends_the_start_with_every_problem(serve: Any) -> None:
    served = serve(BROKEN)
    assert served.wait() == 1
    text = "\n".join(served.log)
    for line in (4, 5, 6):
        assert f"survey.yaml:{line}:" in text
    assert "`payment`" in text
    assert "problem(s)" not in text
    assert not served.db.exists()


PROMISE = "tests: [{name: a promise, at: payment, expect: {reason: paused}}]\n"


def test_a_folder_whose_own_tests_fail_never_goes_live(serve: Any) -> None:
    served = serve()
    survey = served.folder / "survey.yaml"
    good, before = survey.read_text("utf-8"), httpx.get(f"{served.url}/readyz").json()["ruleset"]
    survey.write_text(good.replace("today?", "now?") + PROMISE, "utf-8")
    eventually(lambda: any("failed_test" in each for each in httpx.get(f"{served.url}/readyz").json()["reload"]))
    assert httpx.get(f"{served.url}/readyz").json()["ruleset"] == before
    served.kill()
    again = serve(good + PROMISE)
    assert again.wait() == 1
    assert 'failed_test: the test "a promise" expected reason `paused`' in "\n".join(again.log)


def test_missing_variables_end_the_start_by_name(serve: Any) -> None:
    sinks = 'sinks: {a: {kind: webhook, url: "${NO_SUCH_URL}", secret: "${NO_SUCH_SECRET}"}}\n'
    channels = 'channels: {web: {kind: widget}, sms: {kind: apprise, url: "${NO_SUCH_PROVIDER}"}}\n'
    served = serve("touchpoints: {payment: {}}\n" + sinks + channels)
    assert served.wait() == 1
    text = "\n".join(served.log)
    assert "NO_SUCH_URL" in text
    assert "NO_SUCH_SECRET" in text
    assert "NO_SUCH_PROVIDER" in text


def test_a_second_gateway_on_the_same_database_is_refused(serve: Any) -> None:
    first = serve()
    second = serve(db=first.db)
    assert second.wait() == 1
    assert f"pid {first.process.pid}" in "\n".join(second.log)
    assert httpx.get(f"{first.url}/livez").status_code == 200


def test_a_port_in_use_is_said(serve: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        served = serve(arguments=("--port", str(port)))
        assert served.wait() == 1
        said = f"can't listen on 127.0.0.1:{port}: Address already in use; choose another with --port or --host"
        assert said in "\n".join(served.log)


@pytest.mark.parametrize(
    ("name", "value"),
    [("TACTFUL_DB", "mysql://x"), ("TACTFUL_PORT", "many"), ("TACTFUL_LOG_LEVEL", "loud"), ("TACTFUL_REFRESH", "0")],
)
def test_a_setting_that_can_not_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "a.yaml").write_text("touchpoints: {payment: {}}\n")
    done = cli("serve", str(tmp_path), **{"TACTFUL_DB": "memory:", name: value})
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("setting", [field.name for field in fields(GatewaySettings) if field.type is not str])
def test_a_setting_that_is_no_text_is_told_what_it_must_be(setting: str) -> None:
    name = f"TACTFUL_{setting.upper()}"
    with pytest.raises(SettingsError, match=rf"^{name} must be (a whole number|true or false)[^`]*$"):
        read_settings({name: "many"})


@pytest.mark.parametrize("setting", ["port", "body_timeout", "db_wait", "refresh"])
@pytest.mark.parametrize("value", ["8e1", "80.0", " 80", "+80", "-80", "8_0", "0x50", "٨٠", "80s"])
def test_a_number_among_the_settings_is_written_in_digits_only(setting: str, value: str) -> None:
    name = f"TACTFUL_{setting.upper()}"
    with pytest.raises(SettingsError, match=rf"^{name} must be a whole number.*, in digits only$"):
        read_settings({name: value})
    assert getattr(read_settings({name: "80"}), setting) == 80


def test_a_port_that_there_is_not_is_no_setting() -> None:
    assert read_settings({"TACTFUL_PORT": "65535"}).port == 65535
    for given in ({}, {"port": 65536}):
        with pytest.raises(SettingsError, match=r"^TACTFUL_PORT must be a whole number from 0 to 65535"):
            read_settings({"TACTFUL_PORT": "65536"}, **given)


def test_a_changed_file_goes_live_a_broken_one_does_not_and_both_are_said(serve: Any) -> None:
    served = serve()
    headers = make_key(served)
    survey = served.folder / "survey.yaml"
    good = survey.read_text("utf-8")
    out = served.folder.parent / "out.jsonl"

    def ready(**sent: str) -> Any:
        return httpx.get(f"{served.url}/readyz", headers=sent).json()

    before = ready()["ruleset"]
    survey.write_text(BROKEN, "utf-8")
    eventually(lambda: ready()["reload"])
    assert ready()["ruleset"] == before
    assert ready()["status"] == "ready"
    eventually(lambda: "survey.yaml:4:" in str(ready(**headers).get("reload")))  # once it knows the key
    assert "survey.yaml" not in str(ready())
    eventually(lambda: "reload_rejected" in "\n".join(served.log))
    assert 'tactful_reloads_total{result="rejected"} ' in httpx.get(f"{served.url}/metrics").text
    eventually(lambda: decide(served, headers, "before").json().get("reason") == "asked")
    survey.write_text(good.replace("today?", "now?") + f"sinks: {{file: {{kind: jsonl, path: {out}}}}}\n", "utf-8")
    eventually(lambda: ready()["ruleset"] != before)
    assert ready()["reload"] == []
    token = decide(served, headers, "after").json()["invitation"]["token"]
    answer = {"answers": {"score": 5}, "complete": True}
    assert httpx.put(f"{served.url}/v1/invitations/{token}/response", json=answer).status_code == 202
    eventually(lambda: out.exists() and "tactful.response.completed" in out.read_text("utf-8"))


def test_a_folder_replaced_as_a_whole_goes_live_and_is_watched_on(serve: Any, tmp_path: Path) -> None:
    served = serve()
    good = (served.folder / "survey.yaml").read_text("utf-8")

    def ruleset() -> str:
        return str(httpx.get(f"{served.url}/readyz").json()["ruleset"])

    for number, word in enumerate(("now?", "then?")):
        fresh, before = tmp_path / "fresh", ruleset()
        fresh.mkdir()
        (fresh / "survey.yaml").write_text(good.replace("today?", word), "utf-8")
        served.folder.rename(tmp_path / f"old-{number}")
        fresh.rename(served.folder)
        eventually(lambda before=before: ruleset() != before)
    replaced = ruleset()
    (served.folder / "survey.yaml").write_text(good.replace("today?", "at last?"), "utf-8")
    eventually(lambda: ruleset() != replaced)


def test_a_folder_that_is_gone_for_a_while_is_said_and_then_read_again(serve: Any, tmp_path: Path) -> None:
    served = serve()
    served.folder.rename(tmp_path / "away")
    eventually(lambda: httpx.get(f"{served.url}/readyz").json()["reload"])
    (tmp_path / "away").rename(served.folder)
    eventually(lambda: httpx.get(f"{served.url}/readyz").json()["reload"] == [])


def test_sighup_reloads_without_watching(serve: Any) -> None:
    served = serve(TACTFUL_WATCH="false")
    before = httpx.get(f"{served.url}/readyz").json()["ruleset"]
    survey = served.folder / "survey.yaml"
    survey.write_text(survey.read_text("utf-8").replace("today?", "now?"), "utf-8")
    time.sleep(0.5)
    assert httpx.get(f"{served.url}/readyz").json()["ruleset"] == before
    served.signal(signal.SIGHUP)
    eventually(lambda: httpx.get(f"{served.url}/readyz").json()["ruleset"] != before)


def test_sigterm_finishes_what_was_accepted_and_ends_with_code_0(serve: Any) -> None:
    served = serve()
    headers = make_key(served)
    eventually(lambda: decide(served, headers).status_code == 200)
    acknowledged, stop = [], threading.Event()

    def load(worker: int) -> None:
        with httpx.Client(base_url=served.url, headers=headers) as client:
            for number in range(10_000):
                person = f"{worker}-{number}"
                body = {"touchpoint": "payment", "person": person}
                try:
                    if client.post("/v1/touchpoints", json=body).json().get("ask"):
                        acknowledged.append(person)
                except httpx.HTTPError:
                    return
                if stop.is_set():
                    return

    workers = [threading.Thread(target=load, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    eventually(lambda: len(acknowledged) > 10)
    started = time.monotonic()
    served.signal(signal.SIGTERM)
    assert served.wait() == 0
    assert time.monotonic() - started < 10
    stop.set()
    for worker in workers:
        worker.join()
    with sqlite3.connect(served.db) as db:
        kept = {row[0] for row in db.execute("SELECT id FROM person")}
    db.close()
    assert set(acknowledged) <= kept


def test_ctrl_c_ends_it_too_without_a_traceback(serve: Any) -> None:
    served = serve()
    served.signal(signal.SIGINT)
    assert served.wait() == 0
    assert "Traceback" not in "\n".join(served.log)
    assert [json.loads(line)["event"] for line in served.log] == ["started", "no_keys", "stopped"]


def test_a_secret_that_is_too_short_is_named_with_how_to_make_one_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("touchpoints: {payment: {}}\n")
    done = cli("serve", str(tmp_path), TACTFUL_DB="memory:", TACTFUL_IDENTITY_SECRETS="hunter2")
    assert done.returncode == 1
    assert "TACTFUL_IDENTITY_SECRETS" in done.stderr
    assert "secrets.token_urlsafe(32)" in done.stderr
    assert "hunter2" not in done.stderr
