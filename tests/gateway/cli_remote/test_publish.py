"""`tactful publish`: what a job of a product owner's CI sees."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.cli_remote.conftest import RULES, Run, run_tactful


def ready(gateway: Any) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{gateway.url}/readyz").json()
    return answer


def test_a_dry_run_before_anything_was_published_says_so(run: Run, gateway: Any, survey: Path) -> None:
    told = run("publish", survey, "--dry-run")
    assert told.returncode == 0
    last = f"A dry run, so nothing changed: there is no version yet at {gateway.url}."
    assert told.stdout.splitlines()[-1] == last
    assert "Rules:\n  + any-payment\n" in told.stdout


def test_a_folder_is_published_and_the_same_again_changes_nothing(run: Run, gateway: Any, survey: Path) -> None:
    first = run("publish", survey, "--message", "Ask at the till")
    assert (first.returncode, first.stderr) == (0, "")
    assert "Rules:\n  + any-payment\n" in first.stdout
    assert f"Published: version 1 is live at {gateway.url}.\n" in first.stdout
    again = run("publish", survey)
    assert (again.returncode, again.stdout.startswith("Unchanged: version 1 is live")) == (0, True)
    assert ready(gateway)["version"] == 1


def test_a_dry_run_shows_check_and_changes_and_publishes_nothing(run: Run, gateway: Any, survey: Path) -> None:
    assert run("publish", survey).returncode == 0
    rules = survey / "rules.yaml"
    rules.write_text(
        RULES.replace("any-payment:", "every-payment:").replace("do_not_disturb: {}", ""), encoding="utf-8"
    )
    told = run("publish", survey, "--dry-run")
    assert told.returncode == 0, told.stderr
    assert "Rules:\n  + every-payment\n  - any-payment\n" in told.stdout
    assert "  - Nothing limits how often a person is asked.\n" in told.stdout
    assert "Do-not-disturb would be:\n  After an ask" in told.stdout
    assert "no problems (1 touchpoint, 1 rule, 1 questionnaire, 0 tests)" in told.stdout
    assert told.stdout.splitlines()[-1] == f"A dry run, so nothing changed: version 1 is live at {gateway.url}."
    assert ready(gateway)["version"] == 1


def test_problems_are_shown_as_check_shows_them_and_end_with_code_1(run: Run, gateway: Any, survey: Path) -> None:
    rules = survey / "rules.yaml"
    rules.write_text(
        RULES.replace("at: payment", "at: paiment") + "tests: [{name: t, at: payment, expect: {rule: x}}]\n"
    )
    refused, checked = run("publish", survey), run("check", survey)
    assert (refused.returncode, checked.returncode) == (1, 1)
    lines = [line for line in checked.stdout.splitlines() if re.match(r".*:\d+:\d+: ", line)]
    assert lines
    assert refused.stdout.splitlines() == lines
    assert "nothing was published" in refused.stderr
    assert ready(gateway)["version"] is None


def test_what_the_gateways_environment_lacks_is_a_problem_there_and_not_here(run: Run, survey: Path) -> None:
    (survey / "hook.yaml").write_text(
        'sinks: {hook: {kind: webhook, url: "https://example.com", secret: "${HOOK_SECRET}"}}\n', encoding="utf-8"
    )
    refused = run("publish", survey, HOOK_SECRET="whsec_aGlkZGVu")
    assert refused.returncode == 1
    assert "hook.yaml:1:" in refused.stdout
    assert "unset_variable: `HOOK_SECRET` is not set in the gateway's environment" in refused.stdout


def test_json_is_the_gateways_answer(run: Run, survey: Path) -> None:
    receipt = json.loads(run("publish", survey, "--json").stdout)
    assert (receipt["result"], receipt["version"]["number"]) == ("published", 1)
    (survey / "rules.yaml").write_text("rules: [", encoding="utf-8")
    refused = run("publish", survey, "--json")
    assert (refused.returncode, json.loads(refused.stdout)["code"]) == (1, "survey_problems")


def test_a_version_that_is_no_longer_the_latest_is_refused_with_what_to_do(run: Run, survey: Path) -> None:
    assert run("publish", survey, "--expect", "0").returncode == 0
    (survey / "rules.yaml").write_text(RULES + "# mine\n", encoding="utf-8")
    refused = run("publish", survey, "--expect", "0")
    assert refused.returncode == 1
    said = (
        "refused: The version that was expected is not the latest one, so nothing changed. "
        "Version 1 is the latest, not 0. (version_conflict); "
        "see what is live with `tactful ruleset list`, then expect that"
    )
    assert said in " ".join(refused.stderr.split())
    assert run("publish", survey, "--expect", "1").returncode == 0


def test_files_that_can_not_be_read_are_said_and_nothing_is_sent(run: Run, gateway: Any, survey: Path) -> None:
    (survey / "latin.yaml").write_bytes("title: Café".encode("latin-1"))
    refused = run("publish", survey)
    assert refused.returncode == 1
    assert "latin.yaml:1:1: not_utf8" in refused.stdout
    assert "nothing was sent" in refused.stderr
    assert run("publish", survey / "nowhere").returncode == 1
    assert ready(gateway)["version"] is None


def test_a_folder_that_is_too_large_is_said_before_it_is_sent(run: Run, survey: Path) -> None:
    for name in ("a", "b"):
        (survey / f"{name}.yaml").write_text("# " + "x" * 600_000 + "\n", encoding="utf-8")
    refused = run("publish", survey)
    assert refused.returncode == 1
    assert "a gateway takes 1024: nothing was sent" in refused.stderr


def test_a_gateway_over_a_folder_says_that_it_takes_none(run: Run, running_gateway: Any, survey: Path) -> None:
    folder = running_gateway(folder=survey, db="memory:", environ={})
    environ = {"TACTFUL_GATEWAY": folder.url, "TACTFUL_ADMIN_KEY": folder.keys["ak"]}
    (survey / "rules.yaml").write_text(RULES + "# more\n", encoding="utf-8")
    refused = run("publish", survey, **environ)
    assert refused.returncode == 1
    assert "serves a folder" in refused.stderr
    assert run("publish", survey, "--dry-run", **environ).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--gateway", "nonsense"), 2, "--gateway is an address"),
        (("--gateway", "http://127.0.0.1:9"), 1, "no answer from http://127.0.0.1:9"),
        (("--key", "ak_wrong"), 1, "(unknown_key)"),
        (("--key", ""), 2, "set TACTFUL_ADMIN_KEY"),
        (("--expect", "-1"), 2, "--expect"),
    ],
)
def test_wrong_usage_and_a_gateway_that_refuses_have_codes_of_their_own(
    run: Run, survey: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = run("publish", survey, *arguments)
    assert (done.returncode, says in done.stderr.replace("\n", " ")) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_gateway_it_is_wrong_usage(survey: Path) -> None:
    done = run_tactful("publish", survey, TACTFUL_ADMIN_KEY="ak_x")
    assert (done.returncode, "--gateway" in done.stderr) == (2, True)


def test_no_output_holds_the_key(run: Run, gateway: Any, survey: Path) -> None:
    for done in (
        run("publish", survey),
        run("publish", survey, "--key", gateway.keys["sk"]),
        run("publish", "nowhere"),
    ):
        assert gateway.keys["ak"] not in done.stdout + done.stderr
        assert gateway.keys["sk"] not in done.stdout + done.stderr


def test_what_changed_of_a_rule_is_listed_by_its_keys(run: Run, survey: Path) -> None:
    assert run("publish", survey).returncode == 0
    rules = survey / "rules.yaml"
    other = "  other: {questions: [{id: q, type: csat, text: And now?}]}\ndo_not_disturb"
    text = RULES.replace("ask: csat}", "ask: other, sample: 50%, from: 2026-01-01}").replace("do_not_disturb", other)
    rules.write_text(text, encoding="utf-8")
    done = run("publish", survey, "--dry-run")
    assert "  ~ any-payment: ask, sample, from\n" in done.stdout
    rules.write_text(text.replace("ask: other,", "variants: [{ask: other}, {ask: csat}],"), encoding="utf-8")
    assert "  ~ any-payment: variants, sample, from\n" in run("publish", survey).stdout
