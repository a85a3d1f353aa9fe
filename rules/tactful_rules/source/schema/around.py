"""What stands around the rules as JSON Schema: settings, touchpoints, channels, policy, sinks and tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.source.schema.params import param, params_of
from tactful_rules.source.schema.words import (
    FLAG,
    ID,
    MOMENT,
    PER,
    SHARE,
    SPAN,
    STRING,
    TEXT,
    Schema,
    list_of,
    one_or_more,
    record,
    ref,
    words,
)
from tactful_rules.source.sections.policy import HISTORY_KINDS, QUIET_ACTIONS, SAMES, WEEKDAYS
from tactful_rules.source.sections.sinks import EVENTS, SHAPES, STARTS
from tactful_rules.source.sections.tests import DECIDED
from tactful_rules.source.sections.touchpoints import TRIGGERS

_ANYTHING: Schema = {"type": "object"}
_CLOCK: Schema = {"type": "string", "pattern": "^([01]?[0-9]|2[0-4]):[0-5][0-9]$", "description": '"21:00"'}
_ON = {**one_or_more(ref("channel")), "description": "Only on these channels"}


def settings() -> Schema:
    """Describe `settings`."""
    zone: Schema = {**STRING, "description": "An IANA time zone, like Europe/Berlin"}
    locale: Schema = {**STRING, "description": "The language texts fall back to, like zh-CN"}
    return record({"timezone": zone, "locale": locale, "holdout": SHARE})


def stage() -> Schema:
    """Describe a stage of `journey`."""
    return record({"stage": ID, "title": TEXT}, ["stage"])


def owner() -> Schema:
    """Describe an owner."""
    return record({"title": TEXT, "notify": one_or_more(STRING)}) | {"type": ["object", "null"]}


def touchpoint() -> Schema:
    """Describe a touchpoint."""
    params: Schema = {"type": "object", "additionalProperties": param()}
    on: Schema = {**STRING, "description": " | ".join(TRIGGERS)}
    url: Schema = {**STRING, "description": "Path and query; * stands for anything"}
    properties: dict[str, Schema] = {
        "stage": ref("stage"),
        "owner": ref("owner"),
        "title": TEXT,
        "params": {**params, "description": "Dotted path: a type name, or a JSON Schema"},
        "web": record({"url": url, "on": on}, ["url"], "When the widget fires it by itself"),
    }
    return record(properties) | {"type": ["object", "null"]}


def channel(kinds: Mapping[str, Mapping[str, bool]]) -> Schema:
    """Describe a channel: the options of each kind that is known here, and whether it needs them; others are open."""
    kind: Schema = {"anyOf": [words(list(kinds)), STRING]} if kinds else STRING
    branches: list[Schema] = []
    for name, options in kinds.items():
        properties: dict[str, Schema] = {"kind": {"const": name}, **{option: {} for option in options}}
        needed = ["kind", *(option for option, required in options.items() if required)]
        asked: Schema = {"properties": {"kind": {"const": name}}, "required": ["kind"]}
        branches.append({"if": asked, "then": record(properties, needed)})
    described: Schema = {"type": "object", "properties": {"kind": kind}, "required": ["kind"]}
    return described | {"allOf": branches} if branches else described


def do_not_disturb() -> Schema:
    """Describe the policy."""
    same, then = words(SAMES), words(QUIET_ACTIONS)
    pause = record({"after": words(HISTORY_KINDS), "for": SPAN, "same": same, "on": _ON}, ["after", "for"])
    at_most: Schema = {"type": "integer", "minimum": 0}
    cap = record({"at_most": at_most, "per": PER, "same": same, "on": _ON}, ["at_most", "per"])
    days = one_or_more(words(WEEKDAYS))
    quiet = record({"from": _CLOCK, "to": _CLOCK, "days": days, "on": _ON, "then": then}, ["from", "to"])
    dates = one_or_more({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
    holiday = record({"calendar": STRING, "dates": dates, "on": _ON, "then": then})
    holidays: Schema = {"anyOf": [holiday, {"type": "array", "items": holiday}]}
    sections = {"pauses": list_of(pause), "caps": list_of(cap), "quiet_hours": list_of(quiet), "holidays": holidays}
    return record(sections, description="Replaces the default policy wholly")


def sink(kinds: Iterable[str] = ()) -> Schema:
    """Describe a sink; the other keys are its kind's own, and so are kinds that others made."""
    known = list(kinds)
    properties: dict[str, Schema] = {
        "kind": {"anyOf": [words(known), STRING]} if known else STRING,
        "events": one_or_more(words(EVENTS)),
        "where": ref("journal_condition"),
        "shape": words(SHAPES),
        "from": words(STARTS, "Where a new sink begins in the journal"),
    }
    return {"type": "object", "properties": properties, "required": ["kind"]}


def alert() -> Schema:
    """Describe an alert."""
    return record({"when": ref("journal_condition"), "notify": one_or_more(STRING)})


def inline_test(folder: SurveyFolder | None = None) -> Schema:
    """Describe an inline test."""
    happened: dict[str, Schema] = {kind: ref("questionnaire") for kind in HISTORY_KINDS}
    entry: dict[str, Schema] = {
        **happened,
        "ago": SPAN,
        "at": ref("touchpoint"),
        "channel": ref("channel"),
        "score": {"type": "number"},
    }
    reach: Schema = {"anyOf": [one_or_more(ref("channel")), {"type": "object", "additionalProperties": {}}]}
    asked: Schema = {"anyOf": [ref("questionnaire"), FLAG]}
    expect = {"ask": asked, "channel": ref("channel"), "reason": words(DECIDED), "rule": ref("rule")}
    expect |= {"not_before": {**MOMENT, "description": "When a deferred invitation goes, at the earliest"}}
    properties: dict[str, Schema] = {
        "name": STRING,
        "at": ref("touchpoint"),
        "params": params_of(folder),
        "person": {"anyOf": [STRING, _ANYTHING]},
        "history": list_of(record(entry, ["ago"])),
        "reach": reach,
        "device": _ANYTHING,
        "page": _ANYTHING,
        "now": MOMENT,
        "timezone": STRING,
        "expect": record(expect),
    }
    return record(properties, ["name", "at", "expect"])
