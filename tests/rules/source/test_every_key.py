"""A folder that uses every key of the language, as its reference writes them, has no error and comes out as written."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from tactful_rules.model.condition import All, AnyOf, Test
from tactful_rules.model.folder import SurveyFolder
from tactful_rules.model.ids import DAY, HOUR, SECOND
from tactful_rules.model.policy import Cap, DoNotDisturb, Holidays, Pause, QuietHours
from tactful_rules.model.rule import ChannelStep, Quota, Reminder, Variant
from tactful_rules.model.ruleset import Settings
from tactful_rules.model.touchpoint import Stage, WebTrigger
from tactful_rules.source import json_schema, load_texts
from tactful_rules.source.reading.report import Report
from tactful_rules.source.reading.tree import to_plain
from tactful_rules.source.reading.yaml12 import parse

REFERENCE = """
settings: {timezone: Asia/Shanghai, locale: zh-CN, holdout: 5%}

journey:                                 # stages in order
  - {stage: order,    title: Ordering}
  - {stage: delivery, title: Delivery}

owners:
  store-ops: {title: Store operations, notify: ["${STORE_OPS_URL}"]}

touchpoints:
  payment:
    stage: order
    owner: store-ops
    params:                              # dotted path: JSON Schema fragment, or a type name for short
      order.kind:   {type: string, enum: [combo, a-la-carte]}
      order.amount: {type: number, minimum: 0}
      store.city:   string
  menu-page:
    web: {url: "/menu*", on: dwell 20s}  # fired by the widget: load | click SELECTOR | exit | scroll 50% | dwell 20s

rules:
  combo-meal:
    at: payment
    when:
      order.kind: combo
      order.amount: {at_least: 30}
      person.visits: {at_least: 2}
      any:
        - {store.city: [上海, 杭州]}
        - {device.type: phone}
    sample: 25%
    variants:
      - {ask: combo-nps, when: {history.answers: 0}}
      - {ask: combo-csat, weight: 80}
      - {ask: combo-ces,  weight: 20}
    channels: [web, wechat, sms]
    priority: 10
    quota: {answers: 200, per: day}
  any-payment: {at: payment, ask: payment-csat}

questionnaires:
  payment-csat:
    questions:
      - {id: score, type: csat, text: {en: How was paying today?, zh-CN: 您对本次支付体验满意吗?}}
      - {id: why, type: text, text: {en: What went wrong?, zh-CN: 哪里不好?}, if: {score: {at_most: 2}}}

channels:
  web:    {kind: widget}
  wechat: {kind: http, url: "https://api.example.com/wechat", json: {to: "{{address}}"}}
  sms:    {kind: apprise, url: "${SMS_URL}", text: "{{title}} {{url}}"}

do_not_disturb:
  pauses:
    - {after: asked,     for: 7d}
    - {after: answered,  for: 90d, same: questionnaire}
    - {after: dismissed, for: 30d}
  caps:
    - {at_most: 2, per: 30d}
    - {at_most: 1, per: 7d, on: [sms, wechat]}
  quiet_hours:
    - {from: "21:00", to: "08:00", on: [sms, wechat, email], then: wait}
  holidays: {calendar: CN, on: [sms]}
"""
REST = """
rules:
  later:
    at: [payment, menu-page]
    ask: combo-ces
    from: 2026-01-01
    until: 2026-02-01T00:00:00Z
    delay: 2h
    valid_for: 7d
    enabled: false
    remind: {after: 24h, times: 1}
    ignore: [pauses, caps, quiet_hours]
    channels: [web, {sms: after 2h}]
channels:
  email: {kind: email, url: "smtps://user:password@host:465", from: shop@example.com}
questionnaires:
  combo-nps:  {questions: [{id: score, type: nps, text: How likely?}]}
  combo-csat: {questions: [{id: score, type: csat, text: How was it?}]}
  combo-ces:  {questions: [{id: score, type: ces, text: How easy?}]}
sinks:
  file: {kind: jsonl, path: a.jsonl, events: [response.completed], where: {score.nps: {at_most: 6}}, from: beginning}
alerts:
  unhappy: {when: {score.csat: {at_most: 2}, stage: order}, notify: store-ops}
tests:
  - name: a big combo is asked
    at: payment
    params: {order: {kind: combo, amount: 38}}
    person: {id: u1, visits: 3}
    expect: {ask: combo-csat, channel: web}
  - {name: not again, at: payment, expect: {reason: paused}}
"""


def folder() -> SurveyFolder:
    loaded = load_texts({"reference.yaml": REFERENCE, "rest.yaml": REST})
    assert loaded.folder is not None, [str(problem) for problem in loaded.problems]
    return loaded.folder


def test_every_key_of_the_reference_is_taken() -> None:
    loaded = load_texts({"reference.yaml": REFERENCE, "rest.yaml": REST})
    assert loaded.errors == ()
    assert {problem.code for problem in loaded.problems} <= {"not_yet", "disabled_rule", "held_quota"}


def test_the_reference_s_rule_comes_out_as_written() -> None:
    first, second, later = folder().ruleset.rules
    amount, visits = Test("order.amount", "at_least", 30), Test("person.visits", "at_least", 2)
    where = AnyOf((Test("store.city", "in", ("上海", "杭州")), Test("device.type", "is", "phone")))
    assert first.when == All((Test("order.kind", "is", "combo"), amount, visits, where))
    assert (first.id, first.at, first.sample, first.priority) == ("combo-meal", ("payment",), 0.25, 10)
    assert first.variants == (
        Variant("combo-nps", Test("history.answers", "is", 0)),
        Variant("combo-csat", weight=80.0),
        Variant("combo-ces", weight=20.0),
    )
    assert first.channels == (ChannelStep("web"), ChannelStep("wechat"), ChannelStep("sms"))
    assert (first.quota, first.valid_for) == (Quota("answers", 200, "day"), 72 * HOUR)
    assert (second.id, second.variants, second.channels) == ("any-payment", (Variant("payment-csat"),), ())
    assert (later.delay, later.valid_for, later.enabled) == (2 * HOUR, 7 * DAY, False)
    assert (later.remind, later.ignore) == (Reminder(DAY), ("pauses", "caps", "quiet_hours"))
    assert later.channels == (ChannelStep("web"), ChannelStep("sms", 2 * HOUR))


def test_the_reference_s_surroundings_come_out_as_written() -> None:
    ruleset = folder().ruleset
    assert ruleset.settings == Settings("Asia/Shanghai", "zh-CN", 0.05)
    assert ruleset.journey == (Stage("order", {"": "Ordering"}), Stage("delivery", {"": "Delivery"}))
    assert ruleset.touchpoints["payment"].params["store.city"] == {"type": "string"}
    assert ruleset.touchpoints["menu-page"].web == WebTrigger("/menu*", "dwell", dwell=20 * SECOND)
    assert list(ruleset.channels) == ["web", "wechat", "sms", "email"]
    assert folder().sinks["file"].from_ == "beginning"
    assert [test.expect for test in folder().tests] == [{"ask": "combo-csat", "channel": "web"}, {"reason": "paused"}]


def test_the_reference_s_policy_comes_out_as_written() -> None:
    sent = ("sms", "wechat")
    assert folder().ruleset.do_not_disturb == DoNotDisturb(
        pauses=(Pause("asked", 7 * DAY), Pause("answered", 90 * DAY, "questionnaire"), Pause("dismissed", 30 * DAY)),
        caps=(Cap(2, 30 * DAY), Cap(1, 7 * DAY, on=sent)),
        quiet_hours=(QuietHours(21 * 60, 8 * 60, on=(*sent, "email")),),
        holidays=(Holidays("CN", on=("sms",)),),
    )


def test_the_editor_s_schema_takes_the_reference() -> None:
    for schema in (json_schema(None), json_schema(folder())):
        validator = Draft202012Validator(schema)
        for text in (REFERENCE, REST):
            document = parse(text, "reference.yaml", Report())
            assert document is not None
            assert [error.message for error in validator.iter_errors(to_plain(document))] == []
