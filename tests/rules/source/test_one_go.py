"""Mistakes of shape and mistakes of reference show together: nobody mends a folder to be told of more."""

from __future__ import annotations

from typing import Any

from tactful_rules.source import load_texts

MIXED = {
    "around.yaml": (
        "journey: [{stage: order}]\n"
        "owners: {shop-team: {title: Shop}}\n"
        "setings: {timezone: Mars/Base}\n"
        "sinks: {a: {kind: jsonl, path: ${HOME}/x}}\n"
        "do_not_disturb: {pauses: [{after: asked, for: 7 days}], caps: [{at_most: many, per: 1d, on: [wbe]}]}\n"
    ),
    "rules.yaml": (
        "touchpoints:\n"
        "  payment: {stage: ordr, owner: shop-taem, params: {order.amount: {type: numbr}, order.kind: string}}\n"
        "rules:\n"
        "  a: {at: paymnt, ask: payment-cast, sample: 50, wen: {order.amuont: {atleast: 3}}}\n"
        "  b: {att: payment, ask: payment-csat, when: {order.kind: {startswith: 5}, history.aks: 1}, valid_for: soon}\n"
        "  c: {at: payment, variants: [{aks: payment-cast, weight: heavy}], channels: [web, fax], priority: top}\n"
        "questionnaires:\n"
        "  payment-csat:\n"
        "    questions:\n"
        "      - {id: score, type: csat, txt: How?}\n"
        "      - {id: why, type: txt, text: '{{answers.scor}}', if: {scor: {atmost: 2}}, required: maybe}\n"
        "    ends: [{title: {'': x}, if: {wy: good}}]\n"
        "tests: [{name: t, at: pament, expect: {ask: halp, reason: maybe}}]\n"
    ),
}


def test_an_unquoted_variable_is_read_on_as_if_it_were_quoted() -> None:
    seen: list[object] = []

    def look(kind: str, options: dict[str, Any]) -> tuple[()]:
        seen.append((kind, options))
        return ()

    text = 'sinks:\n  a: {kind: k, path: ${HOME}/x, url: "${URL}"}\n'
    loaded = load_texts({"a.yaml": text}, check_sink=look)
    (problem,) = loaded.problems
    assert (problem.position.column, problem.code) == (22, "yaml_syntax")
    assert problem.hint == 'put a text with `${NAME}` in quotes, like `"${HOME}/x"`'
    assert seen == [("k", {"path": "${HOME}/x", "url": "${URL}"})]


def codes(files: dict[str, str]) -> set[tuple[str, str]]:
    """Give (the word complained about, code): the first quoted word of each message."""
    problems = load_texts(files).problems
    return {(p.message.split("`")[1] if "`" in p.message else p.message, p.code) for p in problems}


def test_mistakes_of_shape_and_of_reference_show_in_one_go_also_inside_the_same_rule() -> None:
    found = {word for word, _ in codes(MIXED)}
    for word in (
        "setings", "Mars/Base", "ordr", "shop-taem", "paymnt", "payment-cast", "wen", "order.amuont", "atleast", "att",
        "startswith", "starts_with", "history.aks", "valid_for", "aks", "weight", "fax", "priority", "txt", "scor",
        "atmost", "{{answers.scor}}", "required", "wy", "pament", "halp", "for", "at_most", "wbe", "sample",
    ):  # fmt: skip
        assert word in found, (word, sorted(found))
    listed = [str(problem) for problem in load_texts(MIXED).problems]
    assert any("yaml_syntax" in line and "quotes" in line for line in listed)


def test_what_is_known_by_its_misspelt_key_is_not_called_missing() -> None:
    assert not {word for word, code in codes(MIXED) if code == "missing_key"}


def test_a_name_is_not_called_dangling_when_its_definition_could_not_be_read() -> None:
    files = {
        "a.yaml": "journey: [{step: order}]\ntouchpoints: {payment: {stage: order}, other: {stage: ordre}}\n",
        "b.yaml": "questionnaires:\n  csat:\n    questions: [{id: a\n  next: {questions: [{id: a}]}\n",
        "c.yaml": "rules: {x: {at: payment, ask: csat}, y: {at: payment, ask: next}, z: {at: payment, ask: cast}}\n",
    }
    names = {problem.message for problem in load_texts(files).problems if problem.code.startswith("unknown_")}
    assert "no stage is called `ordre`" in names
    assert "no questionnaire is called `cast`" in names
    assert "no stage is called `order`" not in names
    assert "no questionnaire is called `csat`" not in names
    assert "no questionnaire is called `next`" not in names


def test_two_syntax_mistakes_in_two_entries_of_a_file_show_in_one_go() -> None:
    files = {
        "a.yaml": (
            "touchpoints:\n  a: {title: [x}\n  b: {titel: B}\n  c: {title: @c}\nrules:\n  r: {at: b, ask: nothing}\n"
        )
    }
    found = [(p.position.line, p.code) for p in load_texts(files).problems]
    assert found == [(2, "yaml_syntax"), (3, "unknown_key"), (4, "yaml_syntax"), (6, "unknown_questionnaire")]


def test_an_unclosed_bracket_is_one_mistake_and_the_entries_behind_it_are_read() -> None:
    text = (
        "touchpoints: {pay: }\nrules:\n  a: {at: pay, ask: [x\n  b: {at: pya, ask: z}\n\n"
        "questionnaires:\n  x: {titel: 'T, questions: []}\n  y: {titel: T}\n"
    )
    found = [(p.position.line, p.code) for p in load_texts({"a.yaml": text}).problems]
    assert [code for _, code in found].count("yaml_syntax") == 2
    assert (4, "unknown_touchpoint") in found
    assert (4, "unknown_questionnaire") in found
    assert (8, "unknown_key") in found
