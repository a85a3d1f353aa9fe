from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tactful_rules.model.folder import Loaded
from tactful_rules.source import load_texts

TOUCHPOINTS = {
    "an unknown stage": "{stage: «unknown_stage»ordr}",
    "an unknown owner": "{owner: «unknown_owner»tema}",
    "an unknown key": "{«unknown_key»parms: {}}",
    "params as a list": "{params: «wrong_type»[a]}",
    "an unknown type": "{params: {a: «bad_schema»strng}}",
    "a type that is a list": "{params: {a: «bad_schema»[combo, single]}}",
    "a wrong JSON Schema": "{params: {a: {«bad_schema»type: txt}}}",
    "a wrong bound": "{params: {a: {type: number, «bad_schema»minimum: zero}}}",
    "an unknown keyword": "{params: {a: {type: number, «bad_schema»minumum: 0}}}",
    "a reference": "{params: {a: {«bad_schema»$ref: '#/x'}}}",
    "a reference deep below": "{params: {a: {anyOf: [{items: {«bad_schema»$ref: '#/x'}}, {properties: {$ref: {}}}]}}}",
    "a bad pattern deep below": "{params: {a: {items: {not: {pattern: «bad_regex»'(?=x)'}}}}}",
    "patterns for names": "{params: {a: {«bad_schema»patternProperties: {'a': {}}}}}",
    "a bad pattern": "{params: {a: {type: string, pattern: «bad_regex»'(?=x)'}}}",
    "a reserved first word": "{params: {«bad_param»person.age: number}}",
    "a word that joins conditions": "{params: {«bad_param»any: number}}",
    "a path with blanks": "{params: {«bad_param»order kind: string}}",
    "a path that ends in a dot": "{params: {«bad_param»order.: string}}",
    "web without url": "{web: «missing_key»{on: load}}",
    "web as a word": "{web: «wrong_type»/menu}",
    "an unknown trigger": "{web: {url: /x, on: «bad_trigger»hover}}",
    "a click on nothing": "{web: {url: /x, on: «bad_trigger»click}}",
    "dwelling for a percentage": "{web: {url: /x, on: «bad_trigger»dwell 20%}}",
    "scrolling too far": "{web: {url: /x, on: «bad_trigger»scroll 120%}}",
}

TOP = {
    "an unknown top-level key": "«unknown_key»rule: {}",
    "a file that is a list": "«wrong_type»- a",
    "settings again": "«duplicate_section»settings: {locale: de}",
    "the journey again": "«duplicate_section»journey: [{stage: more}]",
    "an id of another file": "touchpoints: {«duplicate_id»payment: {}}",
    "a touchpoint with a bad id": "touchpoints: {«bad_id»Pay: {}}",
    "channels as a list": "channels: «wrong_type»[web]",
    "an unknown key of an owner": "owners: {x: {«unknown_key»mail: y}}",
    "a variable where none counts": 'touchpoints: {«~unused_touchpoint»x: {title: «variable_not_allowed»"${TITLE}"}}',
    "a variable in the title of an owner": 'owners: {x: {title: «variable_not_allowed»"${TITLE}"}}',
    "a variable without a name": 'owners: {x: {notify: [«bad_variable»"${}"]}}',
    "an alert comes later": "«~not_yet»alerts: {low: {when: {score.nps: {at_most: 6}}, notify: team}}",
    "an alert over what is not in the journal": "«~not_yet»alerts: {low: {when: {«unknown_attribute»nps: 1}}}",
}

CHANNELS = {
    "no kind": "{«missing_key»x: {}}",
    "a kind that is no word": "{x: {kind: «wrong_type»[sms]}}",
    "a misspelt kind": "{x: {«unknown_key»knd: widget}}",
    "an option without a value": "{x: {kind: http, «empty_value»url: }}",
}

POLICIES = {
    "a pause after nothing": "{pauses: [«missing_key»{for: 3d}]}",
    "a pause after an unknown event": "{pauses: [{after: «unknown_word»ask, for: 3d}]}",
    "a pause for a number": "{pauses: [{after: asked, for: «bad_duration»7}]}",
    "a pause of an unknown same": "{pauses: [{after: asked, for: 7d, same: «unknown_word»rule}]}",
    "a pause on an unknown channel": "{pauses: [{after: asked, for: 7d, on: [«unknown_channel»sms]}]}",
    "a pause that is no list": "{pauses: «wrong_type»{after: asked, for: 7d}}",
    "a cap of less than none": "{caps: [{at_most: «out_of_range»-1, per: day}]}",
    "a cap without a window": "{caps: [«missing_key»{at_most: 1}]}",
    "a cap per year": "{caps: [{at_most: 1, per: «bad_duration»year}]}",
    "quiet hours of nothing": '{quiet_hours: [{from: "21:00", «bad_range»to: "21:00"}]}',
    "quiet hours from 24:00": '{quiet_hours: [{from: «bad_time»"24:00", to: "21:00"}]}',
    "quiet hours at 25": "{quiet_hours: [{from: 21:00, to: «bad_time»25:00}]}",
    "quiet hours on an unknown day": "{quiet_hours: [{from: 21:00, to: 8:00, days: «unknown_word»monday}]}",
    "quiet hours then what": "{quiet_hours: [{from: 21:00, to: 8:00, then: «unknown_word»stop}]}",
    "holidays of nowhere": "{holidays: {calendar: «bad_calendar»china}}",
    "holidays without days": "{holidays: «missing_key»{on: [web]}}",
    "a holiday that is no date": "{holidays: {dates: [«bad_date»12-25]}}",
}

SINKS = {
    "no kind": "{«missing_key»x: {path: y}}",
    "an unknown event": "{x: {kind: jsonl, events: [«unknown_word»response.complete]}}",
    "an unknown shape": "{x: {kind: jsonl, shape: «unknown_word»csv}}",
    "an unknown start": "{x: {kind: jsonl, from: «unknown_word»yesterday}}",
    "where over an unknown attribute": "{x: {kind: jsonl, where: {«unknown_attribute»order.kind: combo}}}",
    "a variable in where": '{x: {kind: jsonl, where: {stage: «variable_not_allowed»"${X}"}}}',
}

TESTS = {
    "no name": "«missing_key»{at: payment, expect: {ask: csat}}",
    "an unknown touchpoint": "{name: x, at: «unknown_touchpoint»pay, expect: {ask: csat}}",
    "nothing expected": "«missing_key»{name: x, at: payment}",
    "an empty expectation": "{name: x, at: payment, expect: «empty_value»{}}",
    "an unknown reason": "{name: x, at: payment, expect: {reason: «unknown_word»pause}}",
    "a reason that only the SDK gives": "{name: x, at: payment, expect: {reason: «unknown_word»unavailable}}",
    "an unknown rule": "{name: x, at: payment, expect: {rule: «unknown_rule»sond}}",
    "an unknown key": "{name: x, at: payment, «unknown_key»parms: {}, expect: {ask: true}}",
    "a history of two": "{name: x, at: payment, history: [«conflicting_keys»{asked: csat, answered: csat, ago: 1d}], "
    "expect: {ask: true}}",
    "a history without time": "{name: x, at: payment, history: [«missing_key»{asked: csat}], expect: {ask: true}}",
    "reach as a number": "{name: x, at: payment, reach: {web: «wrong_type»1}, expect: {ask: true}}",
}

CASES = {
    **{f"touchpoint: {name}": f"touchpoints:\n  x: {case}\n" for name, case in TOUCHPOINTS.items()},
    **{f"top: {name}": case for name, case in TOP.items()},
    **{f"channel: {name}": f"channels: {case}" for name, case in CHANNELS.items()},
    **{f"policy: {name}": f"do_not_disturb: {case}" for name, case in POLICIES.items()},
    **{f"sink: {name}": f"sinks: {case}" for name, case in SINKS.items()},
    **{f"test: {name}": f"tests: [{case}]" for name, case in TESTS.items()},
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_problem_is_reported_at_its_place(case: str, check: Callable[[str], Loaded]) -> None:
    check(case)


def refuse_everything(kind: str, options: dict[str, Any]) -> Sequence[tuple[str, str, str]]:
    return [
        ("path", "bad_path", f"{kind} {options['path']}"),
        ("headers.a", "bad_header", "a"),
        ("kind", "bad_kind", "k"),
    ]


def test_what_a_kind_of_sink_objects_to_is_placed_at_the_option() -> None:
    text = "sinks:\n  x:\n    kind: jsonl\n    path: /etc\n    headers: {b: 1, a: 2}\n    where: {stage: order}\n"
    loaded = load_texts({"s.yaml": text}, check_sink=refuse_everything)
    found = [(p.position.line, p.position.column, p.code) for p in loaded.problems]
    assert found == [(3, 11, "bad_kind"), (4, 5, "bad_path"), (5, 21, "bad_header")]
    assert loaded.problems[1].message == "jsonl /etc"


def test_what_a_kind_of_channel_objects_to_is_placed_at_the_option() -> None:
    text = "channels:\n  x:\n    kind: http\n    path: /etc\n    headers: {b: 1, a: 2}\n"
    loaded = load_texts({"s.yaml": text}, check_channel=refuse_everything)
    found = [(p.position.line, p.position.column, p.code) for p in loaded.problems]
    assert found == [(3, 11, "bad_kind"), (4, 5, "bad_path"), (5, 21, "bad_header")]
    assert loaded.problems[1].message == "http /etc"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("{timezone: «»Asia/Shanghia}", "bad_timezone"),
        ("{timezone: «»../etc/passwd}", "bad_timezone"),
        ("{timezone: «»8}", "bad_timezone"),
        ("{locale: «»chinese simplified}", "bad_locale"),
        ("{holdout: «»5}", "bad_percentage"),
        ("{«»zone: Asia/Shanghai}", "unknown_key"),
    ],
)
def test_a_problem_of_the_settings_is_reported_at_its_place(settings: str, code: str) -> None:
    column = len("settings: ") + settings.index("«") + 1
    loaded = load_texts({"s.yaml": f"settings: {settings.replace('«»', '')}\ntouchpoints: {{a: }}"})
    assert [(p.position.line, p.position.column, p.code) for p in loaded.problems] == [(1, column, code)]


def test_a_stage_twice_is_reported() -> None:
    loaded = load_texts({"s.yaml": "journey:\n  - {stage: a}\n  - {stage: a}\n  - {title: x}\n"})
    found = [(p.position.line, p.position.column, p.code) for p in loaded.problems]
    assert found == [(3, 6, "duplicate_id"), (4, 5, "missing_key")]


def test_a_channel_that_no_rule_uses_is_warned_of() -> None:
    text = (
        "touchpoints: {a: }\nrules: {r: {at: a, ask: q, channels: web}}\n"
        "questionnaires: {q: {questions: [{id: x, type: nps, text: X}]}}\n"
        "channels: {web: {kind: widget}, app: {kind: app}}\n"
    )
    loaded = load_texts({"s.yaml": text})
    assert [(p.position.line, p.position.column, p.code) for p in loaded.problems] == [(4, 33, "unused_channel")]


def test_a_rule_that_is_over_is_warned_of_when_the_time_is_known() -> None:
    text = (
        "touchpoints: {a: }\nrules: {r: {at: a, ask: q, until: 2026-01-01}}\n"
        "questionnaires: {q: {questions: [{id: x, type: nps, text: X}]}}\n"
    )
    assert load_texts({"s.yaml": text}).problems == ()
    codes = [problem.code for problem in load_texts({"s.yaml": text}, now=1_795_276_800_000).problems]
    assert codes == ["expired_rule"]


def test_an_inline_test_names_only_params_that_its_touchpoint_declares(check: Callable[[str], Loaded]) -> None:
    loaded = check(
        "tests:\n"
        "  - {name: a, at: payment, params: {order: {«unknown_param»amuont: 3, kind: combo}}, expect: {ask: csat}}\n"
        "  - {name: b, at: payment, params: {order.amount: 3, «unknown_param»colour: red}, expect: {ask: csat}}\n"
        "  - {name: c, at: payment, params: {anything: {at: {all: 1}}, app: {version: '1'}}, expect: {ask: csat}}\n"
    )
    assert loaded.problems[0].hint == "did you mean `order.amount`?"


def test_an_inline_test_expects_no_ask_with_the_reason_of_a_refusal(check: Callable[[str], Loaded]) -> None:
    check(
        "tests:\n"
        "  - {name: a, at: payment, expect: {ask: csat, «conflicting_keys»reason: paused}}\n"
        "  - {name: b, at: payment, expect: {ask: false, «conflicting_keys»reason: asked}}\n"
        "  - {name: c, at: payment, expect: {ask: true, reason: sending}}\n"
        "  - {name: d, at: payment, expect: {ask: false, reason: paused}}\n"
    )


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("web: widget", "write it as `{kind: widget}`"),
        ("web: ", "write it as `{kind: …}`"),
        ("a: s3cret", "write it as `{kind: …}`"),
    ],
)
def test_a_channel_that_is_no_map_is_told_as_it_is_written(written: str, hint: str) -> None:
    problems = load_texts({"s.yaml": f"channels: {{{written}}}"}).problems
    assert [problem.hint for problem in problems if problem.code == "wrong_type"] == [hint]
