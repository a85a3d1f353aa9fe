"""The decision as the rules' text tells it, in lists and loops and without a line of Tactful's code.

Slow and plain on purpose: it is the second opinion on everything that a simulation counts.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3600, 86400
SETTINGS_ZONE = "Asia/Shanghai"

FOLDER = """
settings: {timezone: Asia/Shanghai, holdout: 10%}
journey: [{stage: order}, {stage: meal}]
touchpoints:
  payment:
    stage: order
    params: {order.kind: {type: string, enum: [combo, single]}, order.amount: {type: number, minimum: 0}}
  table: {stage: meal, params: {guests: integer}}
questionnaires:
  big:   {questions: [{id: q, type: nps, text: How?}, {id: why, type: text, text: Why?, if: {q: {at_most: 6}}}]}
  small: {questions: [{id: q, type: csat, text: How?, required: true}]}
  table: {questions: [{id: q, type: single, text: What?, options: [{id: a, text: A}, {id: b, text: B}]}]}
rules:
  late: {at: payment, when: {order.amount: {more_than: 90}}, ask: big, quota: {answers: 5}}
  combo:
    at: payment
    when:
      order.kind: combo
      order.amount: {at_least: 20}
      any: [{history.answers: 0}, {history.days_since_asked: {at_least: 10}}]
    sample: 60%
    variants: [{ask: big, weight: 1}, {ask: small, weight: 3}]
    channels: [app, web]
    priority: 10
  limited: {at: [payment, table], when: {not: {order.kind: combo}}, ask: small, quota: {asks: 3, per: day}, priority: 5}
  guests: {at: table, when: {guests: {between: [2, 4]}}, ask: table, ignore: [caps], quota: {asks: 40, per: 7d}}
channels: {web: {kind: widget}, app: {kind: app}}
do_not_disturb:
  pauses:
    - {after: asked, for: 2d}
    - {after: asked, for: 6d, same: touchpoint}
    - {after: answered, for: 30d, same: questionnaire}
    - {after: dismissed, for: 10d, same: stage}
  caps:
    - {at_most: 3, per: 14d}
    - {at_most: 1, per: day}
    - {at_most: 1, per: 8d, on: [app]}
"""
PAUSES = [("asked", 2, None), ("asked", 6, "touchpoint"), ("answered", 30, "questionnaire"), ("dismissed", 10, "stage")]
STAGE = {"payment": "order", "table": "meal"}
VALID_FOR = 72 * HOUR


def bucket(salt: str, key: str) -> float:
    digest = hashlib.blake2b(f"{salt}\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


class Naive:
    def __init__(self, answer_rate: float, dismiss_rate: float, seed: int) -> None:
        self.answer_rate, self.dismiss_rate, self.seed = answer_rate, dismiss_rate, seed
        self.happened: list[dict[str, Any]] = []
        self.invitations: list[dict[str, Any]] = []
        self.answers = self.dismissals = 0

    def play(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        decisions = []
        for row in sorted(rows, key=lambda row: row["at"]):
            self.react(row["at"])
            decisions.append(self.visit(row))
        self.react(1e18)
        return decisions

    def react(self, until: float) -> None:
        waiting = [one for one in self.invitations if one["due"] is not None and one["due"] <= until]
        for one in sorted(waiting, key=lambda one: (one["due"], one["place"])):
            at, one["due"] = one["due"], None
            if one["open"]:
                one["open"] = False
                one["answered"] = one["reaction"] == "answered"
                self.tell(one["reaction"], at, one)
                self.answers += one["answered"]
                self.dismissals += not one["answered"]

    def tell(self, kind: str, at: float, one: dict[str, Any]) -> None:
        self.happened.append({**one, "kind": kind, "when": at})

    def visit(self, row: dict[str, Any]) -> dict[str, Any]:
        decision = {
            "reason": None,
            "rule": None,
            "questionnaire": None,
            "channel": None,
            "again": False,
            **self.decide(row),
        }
        if decision["reason"] == "asked":
            self.show(row, decision)
        return decision

    def show(self, row: dict[str, Any], decision: dict[str, Any]) -> None:
        if decision["again"]:
            one = next(one for one in self.invitations if one["person"] == row["person"] and one["open"])
        else:
            one = {key: decision[key] for key in ("rule", "questionnaire", "channel")}
            one |= {"person": row["person"], "touchpoint": row["touchpoint"], "stage": STAGE[row["touchpoint"]]}
            one |= {"at": row["at"], "open": True, "displays": 0, "due": None, "answered": False, "place": 0}
            self.invitations.append(one)
            self.tell("asked", row["at"], one)
        one["displays"] += 1
        chance = bucket(f"simulate/{self.seed}/react", f"{row['person']}\0{row['event_id']}")
        if one["due"] is None and chance < self.answer_rate + self.dismiss_rate:
            one["reaction"] = "answered" if chance < self.answer_rate else "dismissed"
            one["due"] = row["at"] + MINUTE
            one["place"] = len(self.happened)

    def decide(self, row: dict[str, Any]) -> dict[str, Any]:
        person, now = row["person"], row["at"]
        self.settle(person, row["touchpoint"], now)
        matching = [name for name in ("combo", "limited", "late", "guests") if self.matches(name, row)]
        if not matching:
            return {"reason": "no_rule"}
        if bucket("holdout", person) < 0.10:
            return {"reason": "holdout"}
        for one in self.invitations:
            if one["person"] == person and one["open"]:
                if one["touchpoint"] == row["touchpoint"]:
                    return {"reason": "asked", "again": True} | {
                        key: one[key] for key in ("rule", "questionnaire", "channel")
                    }
                return {"reason": "pending"}
        first = None
        for name in matching:
            found = self.try_rule(name, row)
            if isinstance(found, dict):
                return {"reason": "asked", "rule": name, **found}
            first = first or found
        return {"reason": first, "rule": matching[0]}

    def settle(self, person: str, touchpoint: str, now: float) -> None:
        for one in self.invitations:
            if one["person"] == person and one["open"]:
                ended = one["at"] + VALID_FOR
                if now >= ended:
                    one["open"] = False
                    if one["displays"] >= 3:
                        self.tell("dismissed", ended, one)
                elif one["displays"] >= 3 and one["touchpoint"] == touchpoint:
                    one["open"] = False
                    self.tell("dismissed", now, one)

    def matches(self, name: str, row: dict[str, Any]) -> bool:
        kind, amount, guests = row["kind"], row["amount"], row["guests"]
        mine = [fact for fact in self.happened if fact["person"] == row["person"]]
        answers = [fact for fact in mine if fact["kind"] == "answered"]
        asks = [fact["when"] for fact in mine if fact["kind"] == "asked"]
        if name == "combo":
            rested = bool(asks) and (row["at"] - max(asks)) // DAY >= 10
            big = row["touchpoint"] == "payment" and kind == "combo" and amount is not None and amount >= 20
            return big and (not answers or rested)
        if name == "limited":
            return kind is not None and kind != "combo"
        if name == "late":
            return row["touchpoint"] == "payment" and amount is not None and amount > 90
        return row["touchpoint"] == "table" and guests is not None and 2 <= guests <= 4

    def try_rule(self, name: str, row: dict[str, Any]) -> str | dict[str, Any]:
        person, now = row["person"], row["at"]
        questionnaire = {"limited": "small", "late": "big", "guests": "table"}.get(name)
        if name == "combo":
            if not bucket("sample/combo", person) < 0.6:
                return "not_sampled"
            questionnaire = "big" if bucket("variant/combo", person) < 0.25 else "small"
        if self.quota_is_full(name, now):
            return "quota_full"
        mine = [fact for fact in self.happened if fact["person"] == person]
        stop = self.stop(name, questionnaire, row, mine)
        if stop:
            return stop
        asks = [fact for fact in mine if fact["kind"] == "asked"]
        reasons = []
        for channel in ("app", "web") if name == "combo" else ("web", "app"):
            offered = row["offers"] is None or channel in row["offers"].split()
            on_app = [fact for fact in asks if fact["channel"] == "app" and now - 8 * DAY < fact["when"] <= now]
            if not offered:
                reasons.append("unreachable")
            elif channel == "app" and on_app and name != "guests":
                reasons.append("capped")
            else:
                return {"questionnaire": questionnaire, "channel": channel}
        return reasons[0]

    def stop(self, name: str, questionnaire: str | None, row: dict[str, Any], mine: list[dict[str, Any]]) -> str | None:
        now = row["at"]
        here = {"touchpoint": row["touchpoint"], "stage": STAGE[row["touchpoint"]], "questionnaire": questionnaire}
        for kind, days, same in PAUSES:
            for fact in mine:
                alike = same is None or fact[same] == here[same]
                if fact["kind"] == kind and alike and now < fact["when"] + days * DAY:
                    return "paused"
        asks = [fact for fact in mine if fact["kind"] == "asked"]
        if name != "guests":
            if len([fact for fact in asks if now - 14 * DAY < fact["when"] <= now]) >= 3:
                return "capped"
            if [fact for fact in asks if self.day(fact["when"], row["zone"]) == self.day(now, row["zone"])]:
                return "capped"
        return None

    def quota_is_full(self, name: str, now: float) -> bool:
        asked = [fact["when"] for fact in self.happened if fact["kind"] == "asked" and fact["rule"] == name]
        if name == "limited":
            return len([when for when in asked if self.day(when, None) == self.day(now, None)]) >= 3
        if name == "guests":
            return len([when for when in asked if now - 7 * DAY < when <= now]) >= 40
        if name == "late":
            mine = [one for one in self.invitations if one["rule"] == name]
            held = [one for one in mine if one["open"] and now < one["at"] + VALID_FOR]
            return len(held) + len([one for one in mine if one["answered"]]) >= 5
        return False

    def day(self, at: float, zone: str | None) -> str:
        moment = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(seconds=at)
        return moment.astimezone(ZoneInfo(zone or SETTINGS_ZONE)).date().isoformat()
