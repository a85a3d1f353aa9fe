"""What an editor makes of a fresh survey folder: keys and ids completed, mistakes marked, everything explained."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tactful_gateway.cli.output.schema_file import MODELINE
from tactful_gateway.sinks.registry import KINDS
from tactful_rules.model.condition import OPERATORS
from tactful_rules.source.merge import TOP_LEVEL
from tactful_rules.source.sections.params import TYPE_NAMES
from tests.editor.server import LanguageServer

CAFE = Path(__file__).parents[2] / "examples" / "cafe"
RULE = "rules:\n  mine:\n    at: payment\n    ask: help\n"


def shown(text: str) -> str:
    """Put the line before a text with which a file names the schema."""
    return f"{MODELINE}\n{text}"


def test_a_fresh_folder_has_no_mistake_for_an_editor(server: LanguageServer, survey: Path) -> None:
    files = sorted(survey.glob("*.yaml"))
    assert len(files) == 7
    for file in files:
        text = file.read_text()
        assert text.startswith(MODELINE)
        assert server.open(file.name, text) == [], file.name


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("¦", TOP_LEVEL),
        ("rules:\n  mine:\n    ¦", ("at", "when", "ask", "variants", "sample", "priority", "quota", "channels")),
        ("rules:\n  mine:\n    at: ¦", ("payment", "help-page")),
        ("rules:\n  mine:\n    at: [payment, ¦]", ("help-page",)),
        ("rules:\n  mine:\n    at: payment\n    ask: ¦", ("help", "payment-csat", "subscription-nps")),
        ("rules:\n  mine:\n    at: payment\n    variants:\n      - {ask: ¦}", ("help", "payment-ces")),
        (RULE + "    channels: [¦]", ("web",)),
        (RULE + "    ignore: [¦]", ("pauses", "caps", "quiet_hours")),
        (RULE + "    when:\n      ¦", ("order.amount", "order.kind", "device.type", "history.answers", "any", "not")),
        (RULE + "    when:\n      any:\n        - ¦", ("order.express", "page.path", "all")),
        (RULE + "    when:\n      order.amount:\n        ¦", OPERATORS),
        (RULE + "    when:\n      order.kind: {i¦}", ("in", "is", "not_in")),
        (RULE + "    when:\n      order.kind: ¦", ("subscription", "single")),
        (RULE + "    when:\n      order.kind: [¦]", ("subscription", "single")),
        (RULE + "    when:\n      device.type: ¦", ("phone", "tablet", "desktop")),
        (RULE + "    when:\n      now.weekday: ¦", ("mon", "sun")),
        ("touchpoints:\n  mine:\n    stage: ¦", ("order", "delivery")),
        ("touchpoints:\n  mine:\n    owner: ¦", ("shop-team",)),
        ("touchpoints:\n  mine:\n    params:\n      a.b: ¦", TYPE_NAMES),
        ("touchpoints:\n  mine:\n    params:\n      a.b: {type: ¦}", TYPE_NAMES),
        ("touchpoints:\n  mine:\n    params:\n      a.b: {m¦}", ("minimum", "maxLength")),
        ("questionnaires:\n  mine:\n    questions:\n      - {id: a, type: ¦}", ("nps", "csat", "ces", "text")),
        ("channels:\n  mine:\n    kind: ¦", ("widget", "app")),
        ("sinks:\n  mine:\n    kind: ¦", tuple(KINDS)),
        ("sinks:\n  mine:\n    kind: jsonl\n    where:\n      ¦", ("touchpoint", "score.nps")),
        ("do_not_disturb:\n  pauses:\n    - {after: ¦}", ("asked", "answered", "dismissed")),
        ("do_not_disturb:\n  caps:\n    - {at_most: 1, per: 7d, on: [¦]}", ("web",)),
        ("tests:\n  - name: mine\n    at: ¦", ("payment", "help-page")),
        ("tests:\n  - name: mine\n    at: payment\n    params:\n      ¦", ("order",)),
        (
            "tests:\n  - name: mine\n    at: payment\n    params:\n      order:\n        ¦",
            ("amount", "kind", "express"),
        ),
        ("tests:\n  - name: mine\n    at: payment\n    expect: {rule: ¦}", ("any-payment", "subscription-paid")),
        ("tests:\n  - name: mine\n    at: payment\n    expect: {reason: ¦}", ("asked", "paused", "no_rule")),
    ],
)
def test_keys_and_ids_of_this_folder_are_completed(server: LanguageServer, text: str, offered: tuple[str, ...]) -> None:
    found = server.complete("new.yaml", shown(text))
    assert [word for word in offered if word not in found] == []


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("ruels: {}\n", (1, 0), "Property ruels is not allowed"),
        (RULE + "    wehn: {}\n", (5, 4), "Property wehn is not allowed"),
        (RULE + "    when: {order.amount: {at_laest: 3}}\n", (5, 26), "Property at_laest is not allowed"),
        (RULE + "    when: {order.kind: {equals: single}}\n", (5, 24), "Property equals is not allowed"),
        (RULE + "    quota: {answer: 3}\n", (5, 12), "Property answer is not allowed"),
        ("rules:\n  mine:\n    at: pament\n    ask: help\n", (3, 8), '"payment", "help-page"'),
        ("rules:\n  mine:\n    at: payment\n    ask: hepl\n", (4, 9), '"help"'),
        ("rules:\n  mine:\n    at: payment\n", (2, 2), 'Missing property "ask"'),
        ("touchpoints:\n  mine:\n    stage: odrer\n", (3, 11), '"order", "delivery"'),
        ("touchpoints:\n  mine:\n    params: {a.b: {tpye: string}}\n", (3, 19), "Property tpye is not allowed"),
        ("touchpoints:\n  mine:\n    params: {a.b: strnig}\n", (3, 18), '"string"'),
        ("do_not_disturb:\n  pauses:\n    - {after: asked, fro: 7d}\n", (3, 21), "Property fro is not allowed"),
        ("tests:\n  - {name: a, at: payment, expect: {reson: paused}}\n", (2, 36), "Property reson is not allowed"),
    ],
)
def test_a_misspelt_key_or_id_is_marked_where_it_stands(
    server: LanguageServer, text: str, place: tuple[int, int], said: str
) -> None:
    found = server.open("new.yaml", shown(text))
    starts = [(problem["range"]["start"]["line"], problem["range"]["start"]["character"]) for problem in found]
    assert place in starts, found
    assert said in found[starts.index(place)]["message"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULE + "    sam¦ple: 25%\n", "Ask this share of the people; the same ones every time"),
        (RULE + "    when: {order.amount: {at_l¦east: 30}}\n", "this number or more"),
        ("do_not_dis¦turb: {}\n", "Replaces the default policy wholly"),
        ("rules:\n  mine:\n    a¦t: payment\n    ask: help\n", "The touchpoint, or several"),
    ],
)
def test_what_a_key_means_is_told(server: LanguageServer, text: str, said: str) -> None:
    assert said in server.hover("new.yaml", shown(text))


def test_an_id_that_is_new_is_known_once_the_folder_is_checked(server: LanguageServer, survey: Path) -> None:
    text = "touchpoints:\n  refund:\nrules:\n  after-refund:\n    at: refund\n    ask: help\n"
    (survey / "refund.yaml").write_text(shown(text))
    assert server.open("refund.yaml", shown(text)) != []
    assert CliRunner().invoke(app, ["check", str(survey)]).exit_code == 0
    with LanguageServer(survey) as again:
        assert again.open("refund.yaml", shown(text)) == []
        assert "refund" in again.complete("new.yaml", shown("rules:\n  mine:\n    at: ¦"))
    (survey / "refund.yaml").unlink()


def test_the_cafe_has_no_mistake_for_an_editor(tmp_path: Path, server: LanguageServer) -> None:
    """Also in a folder below the schema's."""
    folder = tmp_path / "survey"
    shutil.copytree(CAFE, folder / "below", ignore=shutil.ignore_patterns("shop"))
    assert CliRunner().invoke(app, ["schema", str(folder), "--write"]).exit_code == 0
    with LanguageServer(folder) as running:
        for file in sorted((folder / "below").glob("*.yaml")):
            text = MODELINE.replace("=", "=../") + "\n" + file.read_text(encoding="utf-8")
            assert running.open(f"below/{file.name}", text) == [], file.name
