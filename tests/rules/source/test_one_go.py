"""Mistakes of shape and mistakes of reference show together: nobody mends a folder to be told of more."""

from __future__ import annotations

from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("{id: s, type: nps, text: How, skale: 5}", "style"),
        ("{id: s, type: csat, text: How, styling: 5}", "style"),
        ("{id: s, type: nps, texting: [5]}", "text"),
        ("{id: s, type: nps, txt: }", "text"),
    ],
)
def test_a_key_that_is_only_guessed_at_is_the_one_problem(question: str, meant: str) -> None:
    (problem,) = load_texts({"a.yaml": f"questionnaires: {{q: {{questions: [{question}]}}}}\n"}).errors
    assert (problem.code, problem.hint) == ("unknown_key", f"did you mean `{meant}`?")


def test_behind_a_slip_of_the_pen_the_value_is_checked_as_what_it_is() -> None:
    for slip in ("stile", "syle", "sytle", "stylee", "Style", "STYLE"):
        text = f"questionnaires: {{q: {{questions: [{{id: s, type: csat, text: How, {slip}: 5}}]}}}}\n"
        assert [code for _, code in lines(text)][:2] == ["unknown_key", "unknown_word"], slip


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


def lines(text: str) -> list[tuple[int, str]]:
    """Give (line, code) of each problem of a folder with this one file."""
    return [(problem.position.line, problem.code) for problem in load_texts({"a.yaml": text}).problems]


def test_what_stands_under_a_bad_id_is_checked_as_well() -> None:
    found = lines("touchpoints: {payment: }\nrules:\n  Big Combo:\n    at: paymnt\n    wen: {y: 1}\n    ask: nope\n")
    assert found == [
        (3, "bad_id"), (4, "unknown_touchpoint"), (5, "unknown_key"), (5, "unknown_attribute"),
        (6, "unknown_questionnaire"),
    ]  # fmt: skip


def test_a_definition_with_a_bad_id_counts_under_the_id_that_is_suggested_for_it() -> None:
    text = (
        "touchpoints:\n  Payment: {params: {order.kind: string}}\nquestionnaires:\n  My Csat: {questions: []}\n"
        "rules: {a: {at: payment, ask: my-csat, when: {order.kind: x}}}\n"
    )
    assert [code for _, code in lines(text)].count("bad_id") == 2
    assert {code for _, code in lines(text)} == {"bad_id", "empty_value"}


def test_a_bad_id_of_a_private_section_is_never_said() -> None:
    text = 'channels:\n  "Hunter 2 secret": {kind: [fax]}\nrules: {a: {at: x, ask: y, channels: hunter-2-secrt}}\n'
    told = " ".join(f"{problem.message} {problem.hint}" for problem in load_texts({"a.yaml": text}).problems)
    assert "hunter-2-secret" not in told
    assert "Hunter" not in told
    assert (2, "wrong_type") in lines(text)


def test_what_stands_under_an_id_for_the_second_time_is_checked_as_well() -> None:
    once = "rules:\n  a: {at: paymnt, ask: x}\n"
    again = "  a: {wen: {}, at: pay, ask: y}\n"
    in_one = lines("touchpoints: {payment: }\n" + once + again)
    assert {(3, "unknown_touchpoint"), (4, "duplicate_key"), (4, "unknown_key"), (4, "unknown_touchpoint")} <= {*in_one}
    files = {"a.yaml": "touchpoints: {payment: }\n" + once, "b.yaml": "rules:\n" + again}
    in_two = {(p.position.file, p.position.line, p.code) for p in load_texts(files).problems}
    assert {("b.yaml", 2, "duplicate_id"), ("b.yaml", 2, "unknown_key"), ("b.yaml", 2, "unknown_touchpoint")} <= in_two


def test_a_section_that_stands_twice_is_read_twice() -> None:
    found = lines("touchpoints: {payment: }\nrules:\n  a: {at: paymnt}\nrules:\n  b: {at: pament, ask: x, wen: }\n")
    assert {(3, "unknown_touchpoint"), (4, "duplicate_key"), (5, "unknown_touchpoint"), (5, "unknown_key")} <= {*found}
    settings = lines("settings: {timezone: UTC}\nsettings: {timezone: Mars/Base}\nrules: {}\n")
    assert [code for line, code in settings if line == 2] == ["duplicate_key"]


def test_of_a_misspelt_section_beside_the_right_one_the_misspelt_one_is_blamed_and_both_are_read() -> None:
    text = "touchpoint:\n  pay: {titel: Pay}\n  menu: {prams: {}}\ntouchpoints:\n  pay: {titl: x}\n"
    assert lines(text) == [
        (1, "unknown_key"), (2, "duplicate_id"), (2, "unknown_key"), (3, "unknown_key"), (5, "unknown_key"),
    ]  # fmt: skip


def test_params_of_both_touchpoints_with_one_id_are_known() -> None:
    text = (
        "touchpoints:\n  pay: {params: {amount: number}}\n  pay: {params: {kind: string}}\n"
        "rules: {a: {at: pay, ask: q, when: {amount: 1, kind: x}}}\n"
        "questionnaires: {q: {questions: [{id: s, type: csat, text: How}]}}\n"
    )
    assert lines(text) == [(3, "duplicate_key")]


def test_a_mistake_in_a_sink_hides_no_warning_about_the_rules() -> None:
    text = (
        "touchpoints: {pay: }\nrules: {a: {at: pay, ask: q}}\nsinks: {s: {kind: k, url: '${no'}, t: {url: x}}\n"
        "questionnaires:\n"
        "  q: {questions: [{id: s, type: csat, text: How}]}\n  spare: {questions: [{id: s, type: csat, text: How}]}\n"
    )
    assert lines(text) == [(3, "bad_variable"), (3, "missing_key"), (6, "unused_questionnaire")]
