from __future__ import annotations

import time
from itertools import pairwise

import pytest
import yaml

from tactful_rules.source import load_texts
from tactful_rules.source.reading import yaml12
from tactful_rules.source.reading.report import Report
from tactful_rules.source.reading.tree import Mapping, Scalar, to_plain

SCALARS = [
    ("no", "no"),
    ("on", "on"),
    ("yes", "yes"),
    ("y", "y"),
    ("21:00", "21:00"),
    ("2026-11-22", "2026-11-22"),
    ("0777", 777),
    ("0o17", 15),
    ("0xfF", 255),
    ("1_000", "1_000"),
    ("-12", -12),
    ("1e3", 1000.0),
    (".5", 0.5),
    ("5.", 5.0),
    ("1.0", 1.0),
    ("True", True),
    ("FALSE", False),
    ("~", None),
    ("Null", None),
    ("nULL", "nULL"),
    ('"5"', "5"),
    ("'true'", "true"),
    ("!!str 5", "5"),
    ("! 5", "5"),
    ("!!int 5", 5),
    ("25%", "25%"),
    ("=", "="),
    ("<<", "<<"),
    ("0b11", "0b11"),
    ("+.5", 0.5),
]


def read(text: str) -> tuple[object, list[str]]:
    report = Report()
    node = yaml12.parse(text, "f.yaml", report)
    problems = [f"{p.position.line}:{p.position.column}:{p.code}" for p in report.problems()]
    return (None if node is None else to_plain(node)), problems


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_plain_scalar_is_read_by_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    document, problems = read(f"- {text}")
    assert problems == []
    assert document == [value]
    assert isinstance(document, list)
    assert type(document[0]) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "9007199254740993", "1e999", "9" * 5000, "0x" + "f" * 5000])
def test_a_number_that_json_can_not_carry_is_refused(text: str) -> None:
    assert read(f"a: {text}")[1] == ["1:4:bad_number"]


def test_a_key_is_text_whatever_it_looks_like() -> None:
    assert read("{no: 1, 5: 2, true: 3, 1.50: 4}") == ({"no": 1, "5": 2, "true": 3, "1.50": 4}, [])


BROKEN = {
    "an open list": ("a: [1,\n", ["2:1:yaml_syntax"]),
    "an open quote": ("a: 'x\n", ["2:1:yaml_syntax"]),
    "a tab": ("a:\n\tb: 1\n", ["2:1:yaml_syntax"]),
    "a stray colon": ("a: b: c\n", ["1:5:yaml_syntax"]),
    "a comparison without quotes": ("a: >= 10\nb: 2\n", ["1:5:yaml_syntax"]),
    "a colon without a space": ("a: 1\nlocale:en\nb: 2\n", ["2:1:yaml_syntax"]),
    "a colon without a space inside": ("a: {b: 1, locale:en}\n", ["1:11:yaml_syntax"]),
    "a reserved sign": ("a: @b\n", ["1:4:yaml_syntax"]),
    "a control character": ("a: 1\nb: x\x07\n", ["2:5:yaml_syntax"]),
    "half a surrogate": ("a: \ud800\n", ["1:4:yaml_syntax"]),
    "an unknown tag": ("a: !python/object x\n", ["1:4:yaml_tag"]),
    "a tag that does not fit": ("a: !!int x\n", ["1:4:yaml_tag"]),
    "an unknown alias": ("a: *x\n", ["1:4:unknown_alias"]),
    "an alias of itself": ("a: &x [*x]\n", ["1:8:too_many_aliases"]),
    "a second document": ("a: 1\n---\nb: 2\n", ["2:1:multiple_documents"]),
    "a merge of a word": ("<<: x\na: 1\n", ["1:1:wrong_type"]),
    "a key that is a list": ("? [a]\n: b\n", ["1:3:wrong_type"]),
    "a key that is nothing": ("{~: 1, b: 2}\n", ["1:2:wrong_type"]),
    "a key twice": ("a: 1\nb: 2\na: 3\n", ["3:1:duplicate_key"]),
    "51 levels": ("[" * 51 + "]" * 51, ["1:51:too_deep"]),
    "100,000 levels": ("[" * 100_000, ["1:51:too_deep"]),
    "100,000 levels of maps": ("{a: " * 100_000, ["1:198:too_deep"]),
    "deep through an alias": (f"a: &a {'[' * 40}{']' * 40}\nb: {'[' * 20}*a{']' * 20}\n", ["2:24:too_deep"]),
}


@pytest.mark.parametrize(("text", "problems"), BROKEN.values(), ids=BROKEN)
def test_broken_yaml_is_reported_at_its_place(text: str, problems: list[str]) -> None:
    assert read(text)[1] == problems


def test_fifty_levels_are_fine() -> None:
    assert read("[" * 50 + "]" * 50)[1] == []


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n...\n", "~", "\n\n"])
def test_an_empty_document_is_nothing_and_no_problem(text: str) -> None:
    assert read(text) == (None, [])


def test_positions_count_characters_from_one() -> None:
    node = yaml12.parse("您: x\nb:\n  - 好: [上海, 杭州]\n", "f.yaml", Report())
    assert isinstance(node, Mapping)
    places = [(key.at.line, key.at.column) for key, _ in node.entries]
    assert places == [(1, 1), (2, 1)]
    item = node.entries[0][1]
    assert isinstance(item, Scalar)
    assert (item.at.line, item.at.column) == (1, 4)


def test_anchors_aliases_and_merge_keys_work() -> None:
    text = "base: &base {a: 1, b: 2}\none: *base\ntwo: {<<: *base, b: 3}\nthree: {<<: [*base, {c: 4, a: 5}], d: 6}\n"
    base = {"a": 1, "b": 2}
    expected = {"base": base, "one": base, "two": {"b": 3, "a": 1}, "three": {"d": 6, "a": 1, "b": 2, "c": 4}}
    assert read(text) == (expected, [])


def nested_bomb() -> str:
    names = "abcdefghi"
    lines = [f"{name}: &{name} [{','.join([f'*{below}'] * 9)}]" for below, name in pairwise(names)]
    return "\n".join(["a: &a [x,x,x,x,x,x,x,x,x]", *lines])


def flat_bomb() -> str:
    return "a: &a {k: v, l: w}\n" + "".join(f"b{n}: *a\n" for n in range(20_000))


@pytest.mark.parametrize("bomb", [nested_bomb(), flat_bomb()], ids=["nested", "flat"])
def test_an_alias_bomb_is_refused_at_once(bomb: str) -> None:
    began = time.thread_time()
    loaded = load_texts({"bomb.yaml": bomb})
    assert [problem.code for problem in loaded.problems] == ["too_many_aliases"]
    assert time.thread_time() - began < 1


def events_by(loader: type[yaml.Loader | yaml.CLoader]) -> list[tuple[str, int, int]]:
    text = "a: &x {b: [1, 'two', \"three\"], c: !!str 4}\nd: *x\ne: |\n  five\n  六\n"
    events = yaml.parse(text, Loader=loader)
    marked = [(type(event).__name__, event.start_mark) for event in events]
    return [(name, mark.line, mark.column) for name, mark in marked if mark is not None]


def test_both_parsers_mark_the_same_events() -> None:
    assert events_by(yaml.Loader) == events_by(yaml.CLoader)
