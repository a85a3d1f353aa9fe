"""Writes the many rules as a survey folder of many files, the way a product owner would have written them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.many_rules import PARAMS, QUESTIONNAIRES, TOUCHPOINT, Line, PlainRule, plain_rules


def write_folder(folder: Path, rules: int = 1000, files: int = 50) -> None:
    """Write `rules` rules into `files` YAML files; names sort so that the rules keep their order.

    The first file declares the touchpoint, the questionnaires and a sink as well.
    """
    drawn = plain_rules(rules)
    for number in range(files):
        some = drawn[number * rules // files : (number + 1) * rules // files]
        text = "rules:\n" + "".join(_rule(rule) for rule in some) if some else ""
        path = folder / f"team-{number // 10}" / f"{number:03}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + (_around() if number == 0 else ""), "utf-8")


def _around() -> str:
    params = "".join(f"      {path}: {json.dumps(schema)}\n" for path, schema in PARAMS.items())
    ask = "{questions: [{id: score, type: csat, text: {en: How was it today?, zh-CN: 今天怎么样？}}]}"
    asked = "".join(f"  {name}: {ask}\n" for name in QUESTIONNAIRES)
    sinks = "sinks: {answers: {kind: jsonl, path: answers.jsonl}}\n"
    return f"touchpoints:\n  {TOUCHPOINT}:\n    params:\n{params}questionnaires:\n{asked}{sinks}"


def _rule(rule: PlainRule) -> str:
    said = f"  {rule.id}:\n    at: {TOUCHPOINT}\n    when:\n"
    for attribute in dict.fromkeys(line.attribute for line in rule.lines if not line.negated):
        said += f"      {attribute}: {_test([line for line in rule.lines if line.attribute == attribute])}\n"
    for line in rule.lines:
        if line.negated:
            said += f"      not: {{{line.attribute}: {_test([line])}}}\n"
    if rule.either:
        said += "      any:\n"
        said += "".join(f"        - {{{line.attribute}: {_test([line])}}}\n" for line in rule.either)
    return f"{said}    ask: {rule.ask}\n"


def _test(lines: list[Line]) -> str:
    """Write what is tested of one attribute: a value or a list where that says it, else operators."""
    if len(lines) == 1 and lines[0].op in ("is", "in"):
        return json.dumps(lines[0].value)
    return "{" + ", ".join(f"{line.op}: {json.dumps(line.value)}" for line in lines) + "}"
