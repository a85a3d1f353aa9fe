"""What is made to hang or to fill the memory is refused in under a second of this machine's time, with a place."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.survey import check_survey, read_survey
from tactful_rules.gate import Gate
from tactful_rules.model.folder import Loaded
from tactful_rules.model.ruleset import gate_part

MIB = 1 << 20
SOUND = (
    "touchpoints: {pay: {params: {n: number, c: string, r: {type: string, pattern: '^(a+)+$'}}}}\n"
    "questionnaires: {q: {questions: [{id: a, type: nps, text: A}]}}\n"
)
REFUSED = {
    "laughs": ("too_many_aliases", "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12))),
    "one alias many times": ("too_many_aliases", "tests: [&a x," + "*a," * 300_000 + "*a]"),
    "merges": ("too_many_aliases", "rules:\n a: &a {x: 1}\n" + "".join(
        f" b{n}: {{<<: [{','.join(['*a'] * 500)}]}}\n" for n in range(500))),
    "an alias to itself": ("too_many_aliases", "rules: &a {x: *a}"),
    "brackets": ("too_deep", "[" * MIB),
    "braces": ("too_deep", "rules: " + "{a: " * 200_000),
    "dashes": ("too_deep", "- " * (MIB // 2)),
    "indentation": ("too_deep", "".join(" " * n + "a:\n" for n in range(1_400))),
    "a long line": ("too_big", "rules: {a: {at: '" + "x" * (10 * MIB) + "'}}"),
    "a huge number": ("bad_number", "rules: {a: {priority: " + "9" * (MIB - 100) + "}}"),
    "a huge hexadecimal number": ("bad_number", "rules: {a: {priority: 0x" + "f" * (MIB - 100) + "}}"),
    "no number": ("bad_number", "rules: {a: {priority: .nan}}"),
    "half a character": ("yaml_syntax", 'rules: {a: "\\ud800"}'),
    "nothing but zeros": ("yaml_syntax", "\0" * MIB),
    "half a variable": ("bad_variable", "sinks: {a: {kind: jsonl, path: '" + "${" * (MIB // 3) + "'}}"),
    "many unknown keys": ("too_many_problems", "".join(f"k{n}: 1\n" for n in range(40_000))),
    "many mistakes of syntax": ("yaml_syntax", "".join(f"k{n}: [x\n" for n in range(40_000))),
    "a wide schema": ("bad_schema", "touchpoints: {p: {params: {c: {anyOf: ["
                      + "{type: string}," * 20_000 + "]}}}}"),
    "many questions": ("too_big", "questionnaires: {q: {questions: ["
                       + "".join(f"{{id: a{n}, type: nps, text: A}}," for n in range(8_000)) + "]}}"),
}  # fmt: skip
SECOND = 1.0


def read(folder: Path, files: dict[str, str]) -> tuple[Loaded, float]:
    """Read texts as a survey folder, and say how many seconds of the processor it took."""
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    start = time.process_time()
    loaded = read_survey(folder)
    return loaded, time.process_time() - start


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_file_is_refused_in_a_second(case: str, tmp_path: Path) -> None:
    code, text = REFUSED[case]
    loaded, took = read(tmp_path, {"a.yaml": text})
    assert code in {problem.code for problem in loaded.errors}
    assert took < SECOND
    assert all(len(str(problem)) < 1_000 for problem in loaded.problems)


def test_too_many_files_and_too_many_bytes_are_refused_in_a_second(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    (tmp_path / "large").mkdir()
    many, took = read(tmp_path / "many", {f"{n}.yaml": "" for n in range(2_001)})
    assert [problem.code for problem in many.errors] == ["too_many_files"]
    assert took < SECOND
    large, took = read(tmp_path / "large", {f"{n:02}.yaml": "#" * MIB for n in range(12)})
    assert [problem.code for problem in large.errors] == ["too_big"]
    assert took < SECOND


@pytest.mark.parametrize("when", [
    "all: [" + "{any: [{n: 1}, {n: 2}, {c: a}]}," * 1_000 + "]",
    "all: [" + ",".join(f"{{n: {{is_not: {n}}}}}" for n in range(1_500)) + "]",
    "c: {contains_any: [" + ",".join(f"x{n}" for n in range(10_000)) + "]}",
    "n: [" + ",".join(str(n) for n in range(10_000)) + "]",
], ids=["any", "not", "contains", "in"])  # fmt: skip
def test_a_condition_with_thousands_of_parts_is_looked_through_in_a_second(when: str, tmp_path: Path) -> None:
    rules = "rules:\n" + "".join(f"  r{n}: {{at: pay, ask: q, when: {{{when}}}}}\n" for n in range(2))
    loaded, took = read(tmp_path, {"a.yaml": SOUND, "b.yaml": rules})
    assert loaded.folder is not None
    assert took < SECOND


def test_thousands_of_rules_that_might_cover_each_other_are_looked_through_in_seconds(tmp_path: Path) -> None:
    rules = "".join(f"  r{n}: {{at: pay, ask: q, when: {{n: {{between: [{n}, {n + 3}]}}}}}}\n" for n in range(5_000))
    loaded, took = read(tmp_path, {"a.yaml": SOUND, "b.yaml": "rules:\n" + rules})
    assert loaded.folder is not None
    assert took < 5 * SECOND


CRUEL = "a" * 30_000 + "b"


def test_a_pattern_that_would_hang_python_is_decided_in_linear_time(tmp_path: Path) -> None:
    rules = "rules: {r: {at: pay, ask: q, when: {c: {matches: '^(a+)+$'}}}}\n"
    expected = "expect: {reason: no_rule}"
    tests = f"tests:\n  - {{name: t, at: pay, params: {{c: {CRUEL}, r: {CRUEL}}}, {expected}}}\n"
    for name, text in {"a.yaml": SOUND, "b.yaml": rules, "c.yaml": tests}.items():
        (tmp_path / name).write_text(text)
    start = time.process_time()
    loaded = check_survey(tmp_path, 0)
    assert time.process_time() - start < SECOND
    assert loaded.errors == ()
    assert loaded.folder is not None
    assert Gate(gate_part(loaded.folder.ruleset)).refuses("pay", {"c": CRUEL}, {}, 0) is None  # who knows, says the SDK


@pytest.mark.parametrize(("schema", "value", "meets"), [
    ({"pattern": "^(a+)+$"}, CRUEL, False),
    ({"propertyNames": {"pattern": "^(a+)+$"}}, {CRUEL: 1}, False),
    ({"contains": {"pattern": "^(a+)+$"}}, [CRUEL[:30]] * 1_000, True),
    ({"uniqueItems": True}, [*range(10_000), "a", None], True),
    ({"uniqueItems": True}, [*({"a": n} for n in range(5_000)), {"a": 1.0}], False),
    ({"uniqueItems": True}, [1, True, "1", [1], {"1": 1}, 0, False], True),
    ({"uniqueItems": True}, [[{"a": [1]}], [{"a": [1.0]}]], False),
    ({"multipleOf": 0.01}, 10**400, False),
    ({"multipleOf": 0.01}, float("inf"), False),
], ids=lambda part: repr(part)[:30])  # fmt: skip
def test_a_callers_value_can_not_make_a_schema_slow(schema: dict[str, object], value: object, meets: bool) -> None:
    start = time.process_time()
    assert schema_check(schema)(value) is meets
    assert time.process_time() - start < SECOND
