"""What others wrote can't steer the terminal of whoever looks at it, and is shown all the same."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.table import Table

from tactful_gateway.cli.output.console import make_console, print_json
from tests.gateway.cli_remote.conftest import RULES, Run, run_tactful

HOSTILE = "gone\x1b[2J\x9b31m\x7f\u202egnp.exe\u2066"
SHOWN = r"gone\x1b[2J\x9b31m\x7f\u202egnp.exe\u2066"
HIDDEN = {*map(chr, range(32)), *map(chr, range(127, 160)), *map(chr, range(0x2028, 0x202F))} - {"\n", "\t"}
HIDDEN |= {*map(chr, range(0x2066, 0x206A))}


def test_a_message_is_listed_and_shown_with_what_it_hides(run: Run, survey: Path) -> None:
    (survey / "more" / "owners.yml").write_text('owners: {till: {title: "\u202egnp.exe"}}\n', encoding="utf-8")
    published = run("publish", survey, "--message", HOSTILE)
    assert published.returncode == 0, published.stderr
    listed, shown, as_json = run("ruleset", "list"), run("ruleset", "show", "1"), run("ruleset", "list", "--json")
    assert SHOWN in listed.stdout
    assert SHOWN in shown.stdout
    assert r'title: "\u202egnp.exe"' in shown.stdout
    assert json.loads(as_json.stdout)["versions"][0]["message"] == HOSTILE
    for done in (listed, shown, as_json):
        assert not HIDDEN & set(done.stdout)


def test_a_refusal_that_quotes_what_was_sent_is_shown(run: Run, survey: Path) -> None:
    (survey / "rules.yaml").write_text(RULES.replace("at: payment", 'at: "pay\\e[2Jment"'), encoding="utf-8")
    refused = run("publish", survey)
    assert refused.returncode == 1
    assert r"pay\x1b[2Jment" in refused.stdout
    assert not HIDDEN & set(refused.stdout + refused.stderr)


def test_a_person_of_the_traffic_is_shown_in_a_comparison(tmp_path: Path, survey: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    (before / "rules.yaml").write_text(RULES.replace("  any-payment: {at: payment, ask: csat}", "  {}"))
    (tmp_path / "traffic.csv").write_text(f"at,person,touchpoint\n2026-01-01,{HOSTILE},payment\n")
    told = run_tactful("simulate", survey, "--against", before, "--traffic", tmp_path / "traffic.csv")
    assert told.returncode == 0, told.stderr
    assert f"{SHOWN} at payment: " in told.stdout
    assert not HIDDEN & set(told.stdout)


def test_the_name_of_a_key_is_listed_as_it_is(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path}/tactful.db"
    assert run_tactful("keys", "create", "--kind", "sk", "--name", f"[bold]{HOSTILE}", "--db", db).returncode == 0
    assert f"[bold]{SHOWN}" in run_tactful("keys", "list", "--db", db).stdout


@given(st.text())
@example(HOSTILE)
@example("\ud800")
def test_nothing_printed_holds_what_a_terminal_obeys(text: str) -> None:
    console = make_console()
    table = Table(text)
    table.add_row(text)
    with console.capture() as printed:
        console.print(text, style="bold")
        console.print(table)
    assert not HIDDEN & set(printed.get())
    printed.get().encode()


@given(st.text())
@example(HOSTILE)
def test_json_says_the_same_and_hides_nothing(text: str) -> None:
    assert json.loads(printed_json({"text": text})) == {"text": text}
    assert not HIDDEN & set(printed_json({"text": text}))


@pytest.mark.parametrize("text", ["می‌خواهم", "👩‍🍳", "לא", "café"])
def test_letters_of_every_script_stay(text: str) -> None:
    console = make_console()
    with console.capture() as printed:
        console.print(text)
    assert printed.get().strip("\n") == text


def printed_json(document: Any) -> str:
    with redirect_stdout(StringIO()) as printed:
        print_json(document)
    return printed.getvalue()
