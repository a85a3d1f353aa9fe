from __future__ import annotations

import os
import time
from pathlib import Path

from tactful_rules.model.folder import Loaded, Position
from tactful_rules.model.policy import DEFAULT_POLICY, Pause
from tactful_rules.source import load, load_texts
from tactful_rules.source.files import MAX_FILE

TOUCHPOINT = "touchpoints: {a: }\n"
DAY = 86_400_000

TWENTY = {
    "one.yaml": (
        "settings: {timezone: Mars/Base, holdout: 7}\n"
        "touchpoints:\n"
        "  pay: {stage: nowhere, params: {amount: nmber, person.x: string}}\n"
        "  Pay: {}\n"
        "rules:\n"
        "  a: {at: pya, ask: q}\n"
        "  b: {at: pay, ask: p, sample: 50}\n"
        "  c: {at: pay, ask: q, when: {amont: 3, history.asks: {atleast: 1}}}\n"
        "  d: {at: pay, ask: q, valid_for: soon, from: 2026-13-01, priority: top}\n"
    ),
    "two.yaml": (
        "rules: {a: {at: pay, ask: q}}\n"
        "settings: {}\n"
        "questionnaires:\n"
        "  q: {questions: [{id: x, type: nsp, text: X}, {id: y, type: text, text: 5, if: {z: 1}}]}\n"
        "do_not_disturb: {pauses: [{after: asked, for: 7}], caps: [{at_most: 1}]}\n"
    ),
}
FOUND = [
    ("one.yaml", 1, 22, "bad_timezone"),
    ("one.yaml", 1, 42, "bad_percentage"),
    ("one.yaml", 3, 16, "unknown_stage"),
    ("one.yaml", 3, 42, "bad_schema"),
    ("one.yaml", 3, 49, "bad_param"),
    ("one.yaml", 4, 3, "bad_id"),
    ("one.yaml", 6, 11, "unknown_touchpoint"),
    ("one.yaml", 7, 21, "unknown_questionnaire"),
    ("one.yaml", 7, 32, "bad_percentage"),
    ("one.yaml", 8, 31, "unknown_attribute"),
    ("one.yaml", 8, 56, "unknown_operator"),
    ("one.yaml", 9, 35, "bad_duration"),
    ("one.yaml", 9, 47, "bad_date"),
    ("one.yaml", 9, 69, "wrong_type"),
    ("two.yaml", 1, 9, "duplicate_id"),
    ("two.yaml", 2, 1, "duplicate_section"),
    ("two.yaml", 4, 33, "unknown_word"),
    ("two.yaml", 4, 74, "wrong_type"),
    ("two.yaml", 4, 82, "unknown_question"),
    ("two.yaml", 5, 47, "bad_duration"),
    ("two.yaml", 5, 59, "missing_key"),
]


def places(loaded: Loaded) -> list[tuple[str, int, int, str]]:
    return [(p.position.file, p.position.line, p.position.column, p.code) for p in loaded.problems]


def test_twenty_mistakes_are_reported_in_one_go() -> None:
    loaded = load_texts(TWENTY)
    assert loaded.folder is None
    assert places(loaded) == FOUND
    assert len(FOUND) >= 20


def test_a_problem_quotes_the_line_that_it_stands_on() -> None:
    problem = load_texts(TWENTY).problems[6]
    assert problem.source == "  a: {at: pya, ask: q}"
    assert str(problem) == ("one.yaml:6:11: unknown_touchpoint: no touchpoint is called `pya` (did you mean `pay`?)")


def test_a_thousand_renamed_touchpoints_are_suggested_for_in_seconds() -> None:
    known = "touchpoints: {" + ", ".join(f"shop-{place}-step: " for place in range(1_000)) + "}\n"
    rules = "rules:\n" + "".join(f"  r{place}: {{at: shp-{place}-step, ask: q}}\n" for place in range(1_000))
    began = time.thread_time()
    hints = [it.hint for it in load_texts({"a.yaml": known + rules}).problems if it.code == "unknown_touchpoint"]
    assert time.thread_time() - began < 10
    assert hints == [f"did you mean `shop-{place}-step`?" for place in range(1_000)]


def test_an_id_of_two_files_names_both_places() -> None:
    problem = next(problem for problem in load_texts(TWENTY).problems if problem.code == "duplicate_id")
    assert problem.position == Position("two.yaml", 1, 9)
    assert "one.yaml line 6" in problem.message


def test_what_a_broken_file_may_hold_is_not_called_missing() -> None:
    loaded = load_texts({"a.yaml": "rules: {r: {at: x, ask: y, when: {z: 1}}}", "b.yaml": "{x, y, z: "})
    assert places(loaded) == [("b.yaml", 1, 11, "yaml_syntax")]


def test_files_are_merged_in_path_order(tmp_path: Path) -> None:
    rule = "rules: {%s: {at: a, ask: q, sample: 50%%}}"
    question = "questionnaires: {q: {questions: [{id: x, type: nps, text: X}]}}"
    for name, text in {
        "b/one.yml": rule % "second",
        "a.yaml": TOUCHPOINT + question + "\n" + rule % "first",
        "b/two.yaml": rule % "third",
        "b.yaml": rule % "last",
        "notes.txt": "{{{",
        ".hidden.yaml": "{{{",
        ".git/x.yaml": "{{{",
        "node_modules/x/y.yaml": "{{{",
        ".venv/z.yaml": "{{{",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    loaded = load(tmp_path)
    assert loaded.problems == ()
    assert loaded.folder is not None
    assert [rule.id for rule in loaded.folder.ruleset.rules] == ["first", "second", "third", "last"]
    assert loaded.positions["rules", "second", "ask"] == Position("b/one.yml", 1, 25)
    assert loaded.positions["questionnaires", "q", "questions", "0", "type"] == Position("a.yaml", 2, 42)


def test_a_folder_without_policy_and_channels_gets_the_defaults() -> None:
    folder = load_texts({"a.yaml": TOUCHPOINT}).folder
    assert folder is not None
    assert folder.default_policy
    assert folder.ruleset.do_not_disturb == DEFAULT_POLICY
    assert [(channel.id, channel.kind) for channel in folder.ruleset.channels.values()] == [("web", "widget")]
    assert list(folder.channels) == ["web"]


def test_a_written_policy_replaces_the_default_wholly() -> None:
    folder = load_texts({"a.yaml": TOUCHPOINT + "do_not_disturb: {pauses: [{after: asked, for: 1d}]}"}).folder
    assert folder is not None
    assert not folder.default_policy
    assert folder.ruleset.do_not_disturb.pauses == (Pause(after="asked", for_=DAY),)
    assert folder.ruleset.do_not_disturb.caps == ()


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    assert [p.code for p in load(tmp_path / "nowhere").problems] == ["no_folder"]


def test_a_file_in_place_of_the_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TOUCHPOINT)
    assert [p.code for p in load(tmp_path / "a.yaml").problems] == ["no_folder"]


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    assert [p.code for p in load(tmp_path).problems] == ["empty_folder"]
    (tmp_path / "a.yaml").write_text("# nothing\n")
    assert places(load(tmp_path)) == [("a.yaml", 1, 1, "empty_folder")]


def test_files_that_can_not_be_used_are_problems(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("ok: ä\n".encode() + "b: ü".encode("latin-1"))
    (tmp_path / "b.yaml").write_text("a: " + "x" * MAX_FILE)
    (tmp_path / "c.yaml").symlink_to(tmp_path / "nowhere.yaml")
    (tmp_path / "d.yaml").mkdir()
    os.mkfifo(tmp_path / "e.yaml")
    (tmp_path / "f.yaml").symlink_to(tmp_path / "f.yaml")
    assert places(load(tmp_path)) == [
        ("a.yaml", 2, 1, "not_utf8"),
        ("b.yaml", 1, 1, "too_big"),
        ("c.yaml", 1, 1, "unreadable"),
        ("e.yaml", 1, 1, "unreadable"),
        ("f.yaml", 1, 1, "unreadable"),
    ]


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + TOUCHPOINT.encode())
    assert load(tmp_path).problems == ()


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TOUCHPOINT)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert load(tmp_path).problems == ()


def test_a_folder_linked_to_another_place_is_read(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yaml").write_text(TOUCHPOINT)
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert load(tmp_path / "link").folder is not None
