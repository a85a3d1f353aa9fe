"""`tactful explain --gateway`: the same explanation from a running gateway, which knows the person."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from tactful_gateway.cli.main import app

TACTFUL = Path(sys.executable).parent / "tactful"


def run(url: str, *options: str, key: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: in this one the gateway logs to what the command prints to."""
    command = [TACTFUL, "explain", "--gateway", url, "--touchpoint", "payment", *options]
    environ = {**os.environ, "TACTFUL_ADMIN_KEY": key}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def gateway(running_gateway: Any, survey: Path) -> Any:
    return running_gateway(folder=survey, db="memory:")


def test_a_gateway_explains_as_the_folder_does_when_it_knows_nothing(gateway: Any, survey: Path) -> None:
    options = (
        "--person",
        "u1",
        "--param",
        "order.amount=38.5",
        "--param",
        'store.zip="01234"',
        "--device",
        "type=phone",
        "--at",
        "2066-01-01T22:00",
    )
    done = run(gateway.url, *options, "--json", key=gateway.keys["ak"])
    assert done.returncode == 0, done.stderr
    by_folder = CliRunner().invoke(
        app,
        [
            "explain",
            str(survey),
            "--touchpoint",
            "payment",
            "--json",
            *options[:4],
            "--param",
            "store.zip=01234",
            *options[6:],
        ],
    )
    found, local = json.loads(done.stdout), json.loads(by_folder.stdout)
    assert found == local
    assert (found["at"], found["hints"]) == (
        "2066-01-01T14:00:00.000Z",
        ["2066-01-01T22:00 is read on the clock of Asia/Shanghai (from the settings)"],
    )


def test_the_gateway_is_the_one_of_the_environment_where_neither_it_nor_a_folder_is_named(
    gateway: Any, survey: Path
) -> None:
    environ = {**os.environ, "TACTFUL_ADMIN_KEY": gateway.keys["ak"], "TACTFUL_GATEWAY": gateway.url}

    def explain(*options: object) -> subprocess.CompletedProcess[str]:
        command = [str(TACTFUL), "explain", *map(str, options), "--touchpoint", "payment", "--at", "2066-01-01"]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)

    done = explain()
    assert (done.returncode, done.stderr) == (0, "")
    environ["TACTFUL_GATEWAY"] = "http://127.0.0.1:9"
    assert explain().returncode == 1
    assert explain(survey).stdout == done.stdout, "a folder that is named is meant"
    assert explain("--gateway", gateway.url).stdout == done.stdout


def test_a_gateway_knows_the_person(gateway: Any) -> None:
    headers = {"authorization": f"Bearer {gateway.keys['sk']}"}
    preferences = f"{gateway.url}/v1/persons/u1/preferences"
    assert httpx.put(preferences, headers=headers, json={"opt_out": "all"}).status_code == 200
    done = run(gateway.url, "--person", "u1", "--param", "order.amount=38", "--key", gateway.keys["ak"])
    assert done.returncode == 0
    assert done.stdout.startswith("opted_out  does not ask")
    assert "opted out of everything" in done.stdout


def test_a_place_that_is_held_is_told_from_one_that_counts(gateway: Any) -> None:
    call = {"touchpoint": "payment", "person": "u1", "params": {"order.amount": 38}}
    headers = {"authorization": f"Bearer {gateway.keys['sk']}"}
    assert httpx.post(f"{gateway.url}/v1/touchpoints", headers=headers, json=call).json()["rule"] == "big"
    done = run(gateway.url, "--person", "u2", "--param", "order.amount=38", key=gateway.keys["ak"])
    assert "1 of 200 answers per day used: 0 counted, 1 held by an open invitation" in done.stdout, done.stdout


def test_a_refusal_says_why_and_never_shows_the_key(gateway: Any) -> None:
    for key, code in ((gateway.keys["sk"], "wrong_key_kind"), ("ak_nonsense", "unknown_key")):
        done = run(gateway.url, key=key)
        assert (done.returncode, done.stdout, f"({code})" in done.stderr) == (1, "", True)
        assert key not in done.stderr + done.stdout
    done = run(gateway.url, "--person", "\x07", key=gateway.keys["ak"])
    assert (done.returncode, "person: 1 to 256 characters" in done.stderr) == (1, True)


def test_a_param_that_breaks_its_schema_is_hinted_at_with_what_to_write(gateway: Any) -> None:
    done = run(gateway.url, "--param", "order.amount=12,50", key=gateway.keys["ak"])
    assert 'counts as missing: "12,50" (a decimal comma? write 12.50)' in done.stdout, done.stdout


def test_a_misspelt_touchpoint_is_hinted_at(gateway: Any) -> None:
    done = run(gateway.url, "--touchpoint", "paymnt", key=gateway.keys["ak"])
    assert (done.returncode, "did you mean `payment`?" in done.stdout) == (0, True)


def test_a_gateway_that_is_not_there_is_said_in_one_line() -> None:
    done = run("http://127.0.0.1:9", key="ak_x")
    assert (done.returncode, done.stderr.count("\n"), "no answer from http://127.0.0.1:9" in done.stderr) == (
        1,
        1,
        True,
    )


@pytest.mark.parametrize(
    ("url", "options", "key"),
    [
        ("nonsense", (), "ak_x"),
        ("ftp://127.0.0.1", (), "ak_x"),
        ("http://127.0.0.1:9", (), ""),
        ("http://127.0.0.1:9", (), "ключ"),
        ("http://127.0.0.1:9", ("--quota", "big=1"), "ak_x"),
    ],
)
def test_wrong_usage_exits_with_2(url: str, options: tuple[str, ...], key: str) -> None:
    assert run(url, *options, key=key).returncode == 2


def test_a_folder_and_a_gateway_are_one_too_many(survey: Path) -> None:
    command = ["explain", str(survey), "--gateway", "http://127.0.0.1:9", "--key", "ak_x", "--touchpoint", "payment"]
    assert CliRunner().invoke(app, command).exit_code == 2
    assert CliRunner().invoke(app, ["explain", "--touchpoint", "payment"]).exit_code == 2
