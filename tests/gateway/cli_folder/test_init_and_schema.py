from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from click.testing import Result
from jsonschema import Draft202012Validator

from tactful_gateway.cli.output.schema_file import MODELINE, SCHEMA_FILE

Run = Callable[..., Result]


def test_the_starter_folder_has_no_problem_and_no_warning(run: Run, survey: Path) -> None:
    result = run("check", "--strict", survey)
    assert result.exit_code == 0, result.stdout
    assert "no problems" in result.stdout


def test_the_starter_folder_explains_itself(survey: Path) -> None:
    for file in survey.glob("*.yaml"):
        first, second = file.read_text(encoding="utf-8").splitlines()[:2]
        assert first == MODELINE
        assert second.startswith("# ")


def test_the_starter_folders_test_of_a_night_holds_once_something_is_sent(run: Run, survey: Path) -> None:
    tests = survey / "tests.yaml"
    text = re.sub(r"(?m)^  # (- name: who pays at night|  )", r"  \1", tests.read_text(encoding="utf-8"))
    tests.write_text(text, encoding="utf-8")
    (survey / "channels.yaml").write_text(
        "channels: {web: {kind: widget}, email: {kind: http, url: 'https://provider.example/'}}\n", encoding="utf-8"
    )
    manners = survey / "do-not-disturb.yaml"
    text, taken_in = re.subn(r"(?m)^  # (quiet_hours:|  - {from:)", r"  \1", manners.read_text(encoding="utf-8"))
    assert taken_in == 2
    manners.write_text(text, encoding="utf-8")
    result = run("check", survey)
    assert (result.exit_code, "4 tests" in result.stdout) == (0, True), result.stdout


def test_init_never_overwrites(run: Run, survey: Path) -> None:
    (survey / "rules.yaml").write_text("mine")
    (survey / "tests.yaml").unlink()
    result = run("init", survey)
    assert result.exit_code == 1
    assert "rules.yaml" in result.stderr
    assert (survey / "rules.yaml").read_text() == "mine"
    assert not (survey / "tests.yaml").exists()


def test_init_takes_no_file_for_a_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    result = run("init", tmp_path / "x")
    assert result.exit_code == 1
    assert (tmp_path / "x").read_text() == "mine"


def test_init_may_fill_a_folder_that_is_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert run("init", tmp_path).exit_code == 0
    assert run("check", tmp_path).exit_code == 0


def test_the_schema_completes_the_ids_of_a_folder(run: Run, survey: Path) -> None:
    general = json.loads(run("schema").stdout)
    own = json.loads(run("schema", survey).stdout)
    for schema in (general, own):
        Draft202012Validator.check_schema(schema)
    document = {"rules": {"r": {"at": "payment", "ask": "nothing-like-it"}}}
    assert Draft202012Validator(general).is_valid(document)
    assert not Draft202012Validator(own).is_valid(document)
    assert "order.amount" in own["$defs"]["condition"]["properties"]


def test_the_schema_of_a_broken_folder_says_what_is_broken(run: Run, survey: Path) -> None:
    (survey / "zz.yaml").write_text("rules: {x: {at: pament, ask: help}}")
    result = run("schema", survey)
    assert result.exit_code == 1
    assert "unknown_touchpoint" in result.stderr
    assert json.loads(result.stdout)["title"] == "Tactful survey folder"


def test_the_schema_that_a_folder_keeps_follows_its_ids(run: Run, survey: Path) -> None:
    kept = survey / SCHEMA_FILE
    first = kept.read_text()
    assert first == run("schema", survey).stdout
    (survey / "more.yaml").write_text("touchpoints: {refund: {}}\nrules: {r: {at: refund, ask: help}}\n")
    assert run("check", survey).exit_code == 0
    assert "refund" in json.loads(kept.read_text())["$defs"]["touchpoint"]["enum"]
    (survey / "more.yaml").write_text("touchpoints: {refund: {}}\nrules: {r: {at: refnud, ask: help}}\n")
    second = kept.read_text()
    assert run("check", survey).exit_code == 1
    assert kept.read_text() == second, "a folder with mistakes leaves the last good one"
    assert [file.name for file in kept.parent.iterdir()] == ["schema.json"]


def test_a_folder_keeps_a_schema_only_when_asked_to(run: Run, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text("touchpoints: {a: {}}\n")
    assert run("check", tmp_path).exit_code == 0
    assert not (tmp_path / SCHEMA_FILE).exists()
    done = run("schema", tmp_path, "--write")
    assert (done.exit_code, done.stdout) == (0, MODELINE + "\n")
    assert (tmp_path / SCHEMA_FILE).read_text() == run("schema", tmp_path).stdout
    assert run("schema", "--write").exit_code == 2


def test_a_schema_that_can_not_be_written_fails_no_check(run: Run, survey: Path) -> None:
    (survey / SCHEMA_FILE).write_text("{}")
    (survey / f"{SCHEMA_FILE}.{os.getpid()}").mkdir()
    done = run("check", survey)
    assert (done.exit_code, "the schema for editors stays as it was" in done.stderr) == (0, True)


def test_the_schema_refers_to_nothing_outside(run: Run, survey: Path) -> None:
    """An editor without a network would know nothing at all."""
    for text in (run("schema").stdout, run("schema", survey).stdout):
        references = set(re.findall(r'"\$ref": "([^"]+)"', text))
        assert [reference for reference in references if not reference.startswith("#/$defs/")] == []
        assert {reference.removeprefix("#/$defs/") for reference in references} <= json.loads(text)["$defs"].keys()


def test_the_version_is_printed(run: Run) -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("tactful 0.")
