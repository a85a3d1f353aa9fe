"""One run: a gateway in a process of its own over SQLite, keys of each kind, open invitations, and Schemathesis."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.acceptance.conftest import Served
from tests.acceptance.fuzz.samples import INVITATIONS, NEVER_TAKEN, ORIGIN, SURVEY, WORDS
from tests.acceptance.test_serve import cli

ROOT = Path(__file__).parents[3]
CONFIG = """
hooks = "tests.acceptance.fuzz.hooks"
base-url = {url}
[auth.openapi]
sk = {{ bearer = {sk} }}
ak = {{ bearer = {ak} }}
pk = {{ bearer = {pk} }}
pk_in_query = {{ api_key = {pk} }}
[headers]
Origin = {origin}
[dictionaries]
tokens = {{ values = {tokens} }}
words = {{ values = {words} }}
numbers = {{ values = ["1", "2", "3"] }}
sinks = {{ values = ["file"] }}
[generation.dictionaries]
string = {{ dictionary = "words", probability = 0.3 }}
[parameters]
"path.token" = {{ dictionary = "tokens", probability = 0.8 }}
"path.sink" = {{ dictionary = "sinks", probability = 0.8 }}
"path.number" = {{ dictionary = "numbers", probability = 0.5 }}
[checks]
positive_data_acceptance = {{ expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 410, 412, 422] }}
negative_data_rejection = {{ expected-statuses = ["4xx", 503] }}
[[operations]]
# Each item of a batch is taken or refused by itself.
include-path = "/v1/feedback"
checks = {{ negative_data_rejection = {{ expected-statuses = [202, "4xx", 503] }} }}
"""


class Fuzzed(NamedTuple):
    """What came of a run: Schemathesis' report, what it printed, and what the gateway logged as failed."""

    code: int
    cases: int
    never_taken: frozenset[str]
    printed: str
    failed: Sequence[str]


def fuzz(folder: Path, examples: int, seed: int, phases: str) -> Fuzzed:
    """Run everything in an empty folder, with so many examples a call and phase."""
    db = folder / "tactful.db"
    keys = {kind: _key(db, kind) for kind in ("sk", "pk", "ak")}
    served = Served(None, db, environ={"EVENTS": str(folder / "events.jsonl")})
    served.start()
    try:
        config = _config(served.url, keys, _invite(served.url, keys))
        (folder / "schemathesis.toml").write_text(config, "utf-8")
        done = _run(folder, served.url, "--max-examples", str(examples), "--seed", str(seed), "--phases", phases)
    finally:
        served.signal(signal.SIGTERM)
        served.wait()
    if not (folder / "report.json").exists():
        raise RuntimeError(f"Schemathesis did not run: {done.stdout}{done.stderr}")
    report = json.loads((folder / "report.json").read_text("utf-8"))
    failed = [line for line in served.log if '"level": "error"' in line or "Traceback" in line]
    return Fuzzed(done.returncode, report["test_cases"]["generated"], _never_taken(report), done.stdout, failed)


def _key(db: Path, kind: str) -> str:
    origin = ("--origin", ORIGIN) if kind == "pk" else ()
    return cli("keys", "create", "--kind", kind, *origin, "--db", f"sqlite:///{db}").stdout.strip()


def _invite(url: str, keys: Mapping[str, str]) -> list[str]:
    """Publish the survey and give the tokens of open invitations."""
    tokens = []
    with httpx.Client(base_url=url) as client:
        files = {"survey.yaml": SURVEY.read_text("utf-8")}
        published = client.put("/v1/ruleset", headers=_bearer(keys["ak"]), json={"files": files})
        assert published.status_code == 200, published.text
        for number in range(INVITATIONS):
            event = {"touchpoint": "payment", "person": f"u-{number}", "reach": {"web": True}}
            decision = client.post("/v1/touchpoints", headers=_bearer(keys["sk"]), json=event).json()
            tokens.append(decision["invitation"]["token"])
    return tokens


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def _config(url: str, keys: Mapping[str, str], tokens: Sequence[str]) -> str:
    values = {"url": url, "origin": ORIGIN, "tokens": tokens, "words": WORDS, **keys}
    return CONFIG.format(**{name: json.dumps(value) for name, value in values.items()})


def _run(folder: Path, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "--config-file", "schemathesis.toml", "run", f"{url}/openapi.json", "--continue-on-failure"]
    report = ("--report-json-path", "report.json")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, *options, *report], cwd=folder, env=environ, check=False, capture_output=True, text=True
    )


def _never_taken(report: Mapping[str, Any]) -> frozenset[str]:
    taken = {
        call: sum(phase["accepted"] for phase in phases.values()) for call, phases in report["valid_rates"].items()
    }
    return frozenset(call for call, count in taken.items() if not count) - NEVER_TAKEN
