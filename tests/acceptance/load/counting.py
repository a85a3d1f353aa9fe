"""Counts in the journal what the policy allows, by other means than those that decided: plain lists, event by event."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from tests.acceptance.journal import read_journal
from tests.acceptance.load.places import ANSWERS, ASKS, ENDS, Places

SURVEY = """
touchpoints: {menu: {}, payment: {}, delivery: {}}
rules:
  menu: {at: menu, ask: one, quota: {asks: MENU}}
  payment: {at: payment, ask: two, quota: {answers: PAYMENT}}
  delivery: {at: delivery, ask: one, channels: [sms], quota: {asks: DELIVERY}}
questionnaires:
  one: {questions: [{id: score, type: csat, text: How was it?}]}
  two: {questions: [{id: score, type: csat, text: How was paying?}]}
channels:
  web: {kind: widget}
  sms: {kind: http, url: "${SMS}", json: {to: "{{address}}", text: "{{url}}"}, allow_private: true}
do_not_disturb:
  pauses:
    - {after: asked, for: 1s}
    - {after: answered, for: 4s, same: questionnaire}
    - {after: dismissed, for: 3s}
  caps: [{at_most: 3, per: 10s}, {at_most: 1, per: 1h, on: [sms]}]
"""
AFTER_ASKED, AFTER_ANSWERED, AFTER_DISMISSED, WINDOW = 1_000, 4_000, 3_000, 10_000


class Limits(NamedTuple):
    """The quotas of the rules: asks, answers, asks."""

    menu: int
    payment: int
    delivery: int

    def places(self) -> dict[str, Places]:
        """Give the quotas by rule, none of them used."""
        return {
            "menu": Places("asks", self.menu),
            "payment": Places("answers", self.payment),
            "delivery": Places("asks", self.delivery),
        }


def limits_of(calls: int) -> Limits:
    """Give quotas that are used up, but not long before so many calls end."""
    return Limits(calls // 40, calls // 80, min(calls // 100, 500))


def survey_of(limits: Limits) -> str:
    """Write the survey with its quotas."""
    text = SURVEY
    for name, limit in limits._asdict().items():
        text = text.replace(name.upper(), str(limit))
    return text


@dataclass
class Person:
    """What happened to one person so far, as instants in milliseconds."""

    open: set[str] = field(default_factory=set)
    asked: list[tuple[int, str, str]] = field(default_factory=list)
    answered: list[tuple[int, str, str]] = field(default_factory=list)
    dismissed: list[int] = field(default_factory=list)


@dataclass
class Count:
    """What a journal says; `broken` are the places where the policy was not kept.

    `asks` and `answers` are all of a rule's, also those for which its quota in `places` has no place.
    """

    places: dict[str, Places]
    created: Counter[str] = field(default_factory=Counter)
    asks: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def count(db: str, limits: Limits) -> Count:
    """Go through a database's journal from the beginning."""
    found, persons = Count(limits.places()), defaultdict[str, Person](Person)
    for kind, at, data in _events(db):
        person, invitation = persons[data["person"]["id"]], data["invitation"]
        wrong = found.places[data["rule"]].take_in(kind, data)
        found.broken += [f"{data['rule']}, {kind} of {invitation} at {at}: {what}" for what in wrong]
        if kind == "invitation.created":
            found.created[data["channel"]] += 1
            found.broken += [f"{invitation} at {at}: {what}" for what in _broken(person, data, at)]
            person.open.add(invitation)
        elif kind in ASKS:
            if invitation not in {name for _, name, _ in person.asked}:
                person.asked.append((at, invitation, data["channel"]))
                found.asks[data["rule"]] += 1
        elif kind in ANSWERS:
            if invitation not in {name for _, name, _ in person.answered}:
                person.answered.append((at, invitation, data["questionnaire"]))
                found.answers[data["rule"]] += 1
        elif kind == "invitation.dismissed":
            person.dismissed.append(at)
        if kind in ENDS or kind in ANSWERS:
            person.open.discard(invitation)
    for name, person in persons.items():
        if sum(channel == "sms" for _, _, channel in person.asked) > 1:
            found.broken.append(f"{name}: two short messages within an hour")
    return found


def _broken(person: Person, data: dict[str, Any], at: int) -> Iterator[str]:
    """Yield what speaks against an invitation made now."""
    if person.open:
        yield "another is open"
    if any(at < asked + AFTER_ASKED for asked, _, _ in person.asked):
        yield "within the pause after an ask"
    if any(at < answered + AFTER_ANSWERED for answered, _, asked in person.answered if asked == data["questionnaire"]):
        yield "within the pause after an answer"
    if any(at < dismissed + AFTER_DISMISSED for dismissed in person.dismissed):
        yield "within the pause after a dismissal"
    if sum(at - WINDOW < asked <= at for asked, _, _ in person.asked) >= 3:
        yield "over the cap"


def _events(db: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for row in read_journal(db):
        kind = row.type.removeprefix("tactful.")
        if kind.startswith(("invitation.", "response.")):
            event = json.loads(row.body)
            yield kind, round(datetime.fromisoformat(event["time"]).timestamp() * 1000), event["data"]
