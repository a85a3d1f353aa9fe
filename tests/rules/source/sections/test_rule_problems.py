from __future__ import annotations

from collections.abc import Callable

import pytest

from tactful_rules.model.folder import Loaded

CASES = {
    "no touchpoint": "rules: {«missing_key»r: {ask: csat}}",
    "no questionnaire": "rules: {«missing_key»r: {at: payment}}",
    "unknown touchpoint": "rules: {r: {at: «unknown_touchpoint»paymnt, ask: csat}}",
    "one unknown touchpoint of two": "rules: {r: {at: [payment, «unknown_touchpoint»x], ask: csat}}",
    "a touchpoint twice": "rules: {r: {at: [payment, «duplicate_value»payment], ask: csat}}",
    "unknown questionnaire": "rules: {r: {at: payment, ask: «unknown_questionnaire»csta}}",
    "unknown questionnaire of a variant": "rules: {r: {at: payment, variants: [{ask: «unknown_questionnaire»x}]}}",
    "unknown channel": "rules: {r: {at: payment, ask: csat, channels: [web, «unknown_channel»sms]}}",
    "a channel twice": "rules: {r: {at: payment, ask: csat, channels: [web, «duplicate_value»web]}}",
    "unknown key": "rules: {r: {at: payment, ask: csat, «unknown_key»wehn: {}}}",
    "unknown key of a variant": "rules: {r: {at: payment, variants: [{ask: csat}, {ask: csat, «unknown_key»wait: 3}]}}",
    "a key without value": "rules: {r: {at: payment, ask: csat, «empty_value»when: }}",
    "a bad id": "rules: {«bad_id»My Rule: {at: payment, ask: csat}}",
    "an id too long": f"rules: {{«bad_id»{'a' * 65}: {{at: payment, ask: csat}}}}",
    "a rule that is a word": "rules: {r: «wrong_type»csat}",
    "rules as a list": "rules: «wrong_type»[{at: payment, ask: csat}]",
    "both ask and variants": "rules: {r: {at: payment, «conflicting_keys»ask: csat, variants: [{ask: csat}]}}",
    "no variant": "rules: {r: {at: payment, variants: «empty_value»[]}}",
    "variants as a map": "rules: {r: {at: payment, variants: «wrong_type»{ask: csat}}}",
    "weight of nothing": "rules: {r: {at: payment, variants: [{ask: csat, «out_of_range»weight: 0}, {ask: csat}]}}",
    "negative weight": "rules: {r: {at: payment, variants: [{ask: csat, «out_of_range»weight: -1}, {ask: csat}]}}",
    "weight as a text": "rules: {r: {at: payment, variants: [{ask: csat, weight: «wrong_type»80%}, {ask: csat}]}}",
    "weight of an only variant": "rules: {r: {at: payment, variants: [{ask: csat, «~single_weight»weight: 80}]}}",
    "a sample of 25": "rules: {r: {at: payment, ask: csat, sample: «bad_percentage»25}}",
    "a sample of 125%": "rules: {r: {at: payment, ask: csat, sample: «bad_percentage»125%}}",
    "a sample of words": "rules: {r: {at: payment, ask: csat, sample: «bad_percentage»half}}",
    "priority as a text": "rules: {r: {at: payment, ask: csat, priority: «wrong_type»high}}",
    "priority as a boolean": "rules: {r: {at: payment, ask: csat, priority: «wrong_type»true}}",
    "enabled: no is a text in YAML 1.2": "rules: {r: {at: payment, ask: csat, enabled: «wrong_type»no}}",
    "a quota of nothing": "rules: {r: {at: payment, ask: csat, quota: «conflicting_keys»{per: day}}}",
    "a quota of both": "rules: {r: {at: payment, ask: csat, quota: «conflicting_keys»{asks: 1, answers: 1}}}",
    "a quota of zero": "rules: {r: {at: payment, ask: csat, quota: {answers: «out_of_range»0}}}",
    "a quota of a half": "rules: {r: {at: payment, ask: csat, quota: {answers: «out_of_range»1.5}}}",
    "a quota that is a number": "rules: {r: {at: payment, ask: csat, quota: «wrong_type»200}}",
    "a quota per fortnight": "rules: {r: {at: payment, ask: csat, quota: {answers: 1, per: «bad_duration»fortnight}}}",
    "an unknown quota key": "rules: {r: {at: payment, ask: csat, quota: {answers: 1, «unknown_key»each: day}}}",
    "a bad duration": "rules: {r: {at: payment, ask: csat, valid_for: «bad_duration»3 days}}",
    "a duration without unit": "rules: {r: {at: payment, ask: csat, valid_for: «bad_duration»30}}",
    "a duration of nothing": "rules: {r: {at: payment, ask: csat, valid_for: «bad_duration»0d}}",
    "a duration of a thousand years": "rules: {r: {at: payment, ask: csat, valid_for: «bad_duration»999999d}}",
    "a bad date": "rules: {r: {at: payment, ask: csat, from: «bad_date»2026-02-30}}",
    "a date of another form": "rules: {r: {at: payment, ask: csat, until: «bad_date»22.11.2026}}",
    "a moment without offset": 'rules: {r: {at: payment, ask: csat, until: «bad_date»"2026-11-22T10:00:00"}}',
    "until before from": "rules: {r: {at: payment, ask: csat, from: 2026-02-01, «bad_range»until: 2026-01-01}}",
    "until is from": "rules: {r: {at: payment, ask: csat, from: 2026-02-01, «bad_range»until: 2026-02-01}}",
    "an unknown thing ignored": "rules: {r: {at: payment, ask: csat, ignore: [«unknown_word»pause]}}",
    "opt-outs can't be ignored": "rules: {r: {at: payment, ask: csat, ignore: «unknown_word»opt_outs}}",
    "a param of one touchpoint of two": "rules: {r: {at: [payment, delivery], ask: csat, "
    "«~undeclared_param»when: {order.kind: combo}}}",
    "switched off": "rules: {r: {at: payment, ask: csat, «~disabled_rule»enabled: false}}",
    "a delay on screens alone": "rules: {r: {at: payment, ask: csat, «~no_effect»delay: 2h}}",
    "a reminder on screens alone": "rules: {r: {at: payment, ask: csat, «~no_effect»remind: {after: 24h, times: 1}}}",
    "a reminder without time": "rules: {r: {at: payment, ask: csat, remind: «missing_key»{times: 1}}}",
    "a fallback to a screen": "rules: {r: {at: payment, ask: csat, channels: [web, «not_allowed»{app: after 2h}]}}",
    "a delay of a rule of screens": "rules: {r: {at: payment, ask: csat, «~no_effect»delay: 2h, channels: web}}",
    "a fallback after the end": (
        "channels: {sms: {kind: http, url: u}}\n"
        "rules: {r: {at: payment, ask: csat, «~no_effect»channels: [web, {sms: after 72h}]}}"
    ),
    "a reminder after the end": (
        "channels: {sms: {kind: http, url: u}}\n"
        "rules: {r: {at: payment, ask: csat, channels: sms, valid_for: 1d, «~no_effect»remind: {after: 24h}}}"
    ),
    "a fallback first": "rules: {r: {at: payment, ask: csat, channels: [«not_allowed»{app: after 2h}]}}",
    "a fallback without after": "rules: {r: {at: payment, ask: csat, channels: [web, {app: «bad_duration»2h}]}}",
    "a fallback over two": "rules: {r: {at: payment, ask: csat, channels: [web, «wrong_type»{app: x, web: y}]}}",
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_problem_of_a_rule_is_reported_at_its_place(case: str, check: Callable[[str], Loaded]) -> None:
    check(case)


def test_rules_are_tried_by_priority_and_then_in_file_order(check: Callable[[str], Loaded]) -> None:
    loaded = check(
        "rules:\n"
        "  late:  {at: payment, ask: csat, sample: 50%, priority: -1}\n"
        "  b:     {at: payment, ask: csat, sample: 50%}\n"
        "  a:     {at: payment, ask: csat, sample: 50%, priority: 0}\n"
        "  first: {at: payment, ask: csat, sample: 50%, priority: 2.5}\n"
    )
    assert loaded.folder is not None
    assert [rule.id for rule in loaded.folder.ruleset.rules] == ["first", "sound", "b", "a", "late"]


def test_a_date_begins_at_midnight_of_the_settings_zone(check: Callable[[str], Loaded]) -> None:
    loaded = check("rules: {r: {at: payment, ask: csat, from: 2026-11-22, until: 2026-11-22T09:30:00+08:00}}")
    assert loaded.folder is not None
    rule = loaded.folder.ruleset.rules[-1]
    assert (rule.from_, rule.until) == (1_795_276_800_000, 1_795_311_000_000)


@pytest.mark.parametrize(
    ("written", "share"), [("25%", 0.25), ("2.5%", 0.025), ("0.5", 0.5), ("100%", 1.0), ("0", 0.0)]
)
def test_a_share_is_a_percentage_or_a_number_up_to_one(
    written: str, share: float, check: Callable[[str], Loaded]
) -> None:
    loaded = check(f"rules: {{r: {{at: payment, ask: csat, sample: {written}}}}}")
    assert loaded.folder is not None
    assert loaded.folder.ruleset.rules[-1].sample == share
