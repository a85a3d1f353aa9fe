"""Channels that send, as the rules' text tells it: lists, loops, a walk by minutes, and no line of Tactful's code.

What is due is found by looking at every invitation; a quiet stretch ends where the person's clock says so, by minutes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.gateway.simulator.naive import DAY, HOUR, MINUTE, bucket

FOLDER = """
settings: {timezone: UTC}
touchpoints: {payment: {}, delivery: {}, visit: {}}
channels:
  web:   {kind: widget}
  email: {kind: http, url: "https://provider.example/email"}
  sms:   {kind: http, url: "https://provider.example/sms"}
rules:
  paid:      {at: payment, ask: q, channels: [email, {sms: after 2h}], remind: {after: 20h, times: 1}}
  delivered: {at: delivery, ask: q, channels: [sms, email], delay: 45m, valid_for: 10h}
  seen:      {at: visit, ask: q, channels: [web]}
questionnaires: {q: {questions: [{id: n, type: nps, text: How?}]}}
do_not_disturb:
  pauses: [{after: asked, for: 1d}, {after: dismissed, for: 4d}]
  caps: [{at_most: 1, per: 3d, on: [sms]}]
  quiet_hours:
    - {from: "22:00", to: "07:00", on: [email]}
    - {from: "20:00", to: "09:00", on: [sms]}
    - {from: "12:00", to: "13:00", on: [sms], then: drop}
    - {from: "07:00", to: "16:00", days: [sat, sun], on: [email], then: next}
"""
RULES: dict[str, dict[str, Any]] = {
    "payment": {"rule": "paid", "channels": ["email", "sms"], "valid": 72 * HOUR, "delay": 0},
    "delivery": {"rule": "delivered", "channels": ["sms", "email"], "valid": 10 * HOUR, "delay": 45 * MINUTE},
    "visit": {"rule": "seen", "channels": ["web"], "valid": 72 * HOUR, "delay": 0},
}


class NaiveSent:
    def __init__(self, answer_rate: float, dismiss_rate: float) -> None:
        self.answer_rate, self.dismiss_rate = answer_rate, dismiss_rate
        self.happened: list[dict[str, Any]] = []
        self.invitations: list[dict[str, Any]] = []
        self.releases: list[tuple[Any, ...]] = []
        self.counts: Counter[str] = Counter()
        self.limit: str | None = None
        self.stopped: Counter[str] = Counter()
        self.shifted: Counter[str] = Counter()

    def play(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        decisions = []
        for row in rows:
            self.catch_up(row["at"])
            decisions.append(self.visit(row))
        self.catch_up(1e18)
        return decisions

    def catch_up(self, until: float) -> None:
        while True:
            due = [(when, place, do) for place, one in enumerate(self.invitations) for when, do in self.due(one)]
            if not due or min(due)[0] > until:
                return
            when, place, do = min(due, key=lambda it: it[:2])
            do(self.invitations[place], when)

    def due(self, one: dict[str, Any]) -> list[tuple[float, Callable[[dict[str, Any], float], None]]]:
        calls: list[tuple[float, Callable[[dict[str, Any], float], None]]] = []
        calls += [(when, self.react) for when, *_ in one["reactions"]]
        if one["open"] and one["channel"] != "web":
            calls.append((one["expires"], self.expire))
            if one["sent"] is None:
                calls.append((one["not_before"] or one["decided"], self.release))
            calls += [(one["fallback"], self.fall_back)] if one["fallback"] else []
            calls += [(one["remind"], self.remind)] if one["remind"] else []
        return calls

    def visit(self, row: dict[str, Any]) -> dict[str, Any]:
        self.settle(row)
        rule, now = RULES[row["touchpoint"]], row["at"]
        blank = {"rule": None, "questionnaire": None, "channel": None, "again": False, "not_before": None}
        mine = [one for one in self.invitations if one["person"] == row["person"] and one["open"]]
        for one in mine:
            if one["channel"] == "web" and one["touchpoint"] == row["touchpoint"]:
                self.show(one, now, row["event_id"])
                return {
                    **blank,
                    "reason": "asked",
                    "rule": "seen",
                    "questionnaire": "q",
                    "channel": "web",
                    "again": True,
                }
        if any(one["channel"] == "web" or one["sent"] is not None for one in mine):
            return {**blank, "reason": "pending"}
        channels = [name for name in rule["channels"] if not mine or name == "web"]
        found = self.decide(row, channels, now, rule["delay"], self.history(row["person"]))
        if not mine or not isinstance(found, str):
            self.blame(found)
        if isinstance(found, str):
            return {**blank, "reason": "pending"} if mine else {**blank, "reason": found, "rule": rule["rule"]}
        channel, not_before = found
        for one in mine:
            self.end(one, "superseded")
        one = self.invite(row, channel, not_before, now)
        if channel == "web":
            self.tell("asked", now, one)
            self.counts["asks web"] += 1
            self.show(one, now, row["event_id"])
        reason = "asked" if channel == "web" else "sending" if not_before is None else "deferred"
        told = {"reason": reason, "rule": rule["rule"], "questionnaire": "q", "channel": channel}
        return {**blank, **told, "not_before": not_before}

    def invite(self, row: dict[str, Any], channel: str, not_before: float | None, now: float) -> dict[str, Any]:
        one = {key: row[key] for key in ("person", "touchpoint", "event_id", "zone")}
        one |= {"channel": channel, "decided": now, "not_before": not_before, "sent": None, "open": True, "why": None}
        one |= {"expires": (not_before or now) + RULES[row["touchpoint"]]["valid"], "displays": 0, "reactions": []}
        one |= {
            "fallback": None,
            "remind": None,
            "reminded": 0,
            "follows": False,
            "began": now,
            "waited": not_before is not None,
        }
        self.invitations.append(one)
        self.counts["deferred"] += one["waited"]
        return one

    def decide(
        self, row: dict[str, Any], channels: list[str], now: float, delay: float, history: list[dict[str, Any]]
    ) -> str | tuple[str, float | None]:
        self.limit = None
        pauses = (("asked", DAY), ("dismissed", 4 * DAY))
        ends = [[fact["when"] + length for fact in history if fact["kind"] == kind] for kind, length in pauses]
        running = [(max(end), f"pauses[{place}]") for place, end in enumerate(ends) if end and now < max(end)]
        if running:
            self.limit = max(running)[1]
            return "paused"
        reasons = []
        for channel in channels:
            at = now if channel == "web" else now + delay
            asks = [fact for fact in history if fact["kind"] == "asked" and fact["channel"] == channel]
            if channel == "sms" and any(at - 3 * DAY < fact["when"] for fact in asks):
                reasons.append("capped")
                self.limit = self.limit or "caps[0]"
                continue
            then = quiet(channel, at, row["zone"])
            window = {"drop": 2, "next": 3}.get(then or "", 0 if channel == "email" else 1)
            if then is None:
                return channel, None if at == now else at
            if then == "drop":
                self.limit = f"quiet_hours[{window}]"
                return "quiet_hours"
            end = quiet_end(channel, at, row["zone"])
            if then == "wait" and end - at <= RULES[row["touchpoint"]]["valid"]:
                self.limit = f"quiet_hours[{window}]"
                return channel, end
            self.limit = self.limit or f"quiet_hours[{window}]"
            reasons.append("quiet_hours")
        return reasons[0] if reasons else "unreachable"

    def history(self, person: str) -> list[dict[str, Any]]:
        return [fact for fact in self.happened if fact["person"] == person]

    def again(self, one: dict[str, Any], channels: list[str], now: float) -> str | tuple[str, float | None]:
        others = [
            fact
            for fact in self.history(one["person"])
            if fact["kind"] != "asked" or fact["touchpoint"] != one["touchpoint"] or fact["when"] < one["began"]
        ]
        return self.decide(one, channels, now, 0, others)

    def release(self, one: dict[str, Any], now: float) -> None:
        found = self.again(one, RULES[one["touchpoint"]]["channels"] if not one["follows"] else ["sms"], now)
        told = one["not_before"] is None
        if isinstance(found, str):
            self.note(one, now, found, None, None)
            self.end(one, found)
            return
        channel, not_before = found
        one["expires"] = (not_before or now) + RULES[one["touchpoint"]]["valid"]
        if not_before is not None:
            self.note(one, now, "deferred", channel, not_before)
            self.counts["waited again"] += 1
            one |= {"channel": channel, "not_before": not_before}
            return
        if not told:
            self.note(one, now, "sending", channel, None)
        if channel != one["channel"]:
            self.note(one, now, "sending", channel, None)  # it is looked at again on its new channel's lane
        self.counts["deferred sent"] += one["waited"]
        one |= {"channel": channel, "sent": now}
        self.counts[f"asks {channel}"] += 1
        self.counts["fallbacks"] += one["follows"]
        if not (one["displays"]):
            self.tell("asked", now, one)
        if one["touchpoint"] == "payment":
            one["fallback"] = now + 2 * HOUR if channel == "email" else None
            one["remind"] = now + 20 * HOUR
        self.expect(one, now, one["event_id"], f"{channel}/0" if one["follows"] else "")

    def fall_back(self, one: dict[str, Any], now: float) -> None:
        one["fallback"] = None
        found = self.again(one, ["sms"], now)
        if isinstance(found, str):
            self.note(one, now, found, None, None)
            return
        self.note(one, now, "sending" if found[1] is None else "deferred", "sms", found[1])
        self.invite(one, "sms", found[1], now).update(follows=True, began=one["began"])

    def remind(self, one: dict[str, Any], now: float) -> None:
        if quiet(one["channel"], now, one["zone"]):
            end = quiet_end(one["channel"], now, one["zone"])
            one["remind"] = end if end < one["expires"] else None
            return
        one["remind"], one["reminded"] = None, 1
        self.counts["reminders"] += 1
        self.expect(one, now, one["event_id"], f"{one['channel']}/1")

    def blame(self, found: str | tuple[str, float | None]) -> None:
        if self.limit:
            (self.stopped if isinstance(found, str) else self.shifted)[self.limit] += 1

    def note(self, one: dict[str, Any], now: float, reason: str, channel: str | None, not_before: float | None) -> None:
        if reason != "sending":
            self.blame(reason if channel is None else (channel, not_before))
        self.releases.append((now, one["person"], one["touchpoint"], reason, channel, not_before))

    def show(self, one: dict[str, Any], now: float, event_id: str) -> None:
        one["displays"] += 1
        self.expect(one, now, event_id, "")

    def expect(self, one: dict[str, Any], now: float, event_id: str, message: str) -> None:
        chance = bucket("simulate/0/react", f"{one['person']}\0{event_id}" + (f"\0{message}" if message else ""))
        if chance < self.answer_rate + self.dismiss_rate and message not in one.setdefault("reacted", []):
            one["reacted"].append(message)
            one["reactions"].append((now + MINUTE, "answered" if chance < self.answer_rate else "dismissed"))

    def react(self, one: dict[str, Any], now: float) -> None:
        _, reaction = one["reactions"].pop(0)
        if not one["open"]:
            return
        one["open"] = False
        self.tell(reaction, now, one)
        self.counts[f"{reaction} {one['channel']}"] += 1
        for other in self.invitations:
            same = all(other[key] == one[key] for key in ("person", "touchpoint", "event_id"))
            if other["open"] and same:
                self.end(other, reaction)

    def settle(self, row: dict[str, Any]) -> None:
        for one in self.invitations:
            if one["person"] == row["person"] and one["open"] and one["channel"] == "web":
                over = row["at"] >= one["expires"]
                if one["displays"] >= 3 and (over or one["touchpoint"] == row["touchpoint"]):
                    self.tell("dismissed", min(row["at"], one["expires"]), one)
                one["open"] = not (over or (one["displays"] >= 3 and one["touchpoint"] == row["touchpoint"]))

    def expire(self, one: dict[str, Any], now: float) -> None:
        self.end(one, "expired")

    def end(self, one: dict[str, Any], why: str) -> None:
        one |= {"open": False, "why": why}
        if one["waited"] and one["sent"] is None:
            self.counts[f"ended {why}"] += 1

    def tell(self, kind: str, when: float, one: dict[str, Any]) -> None:
        self.happened.append({**one, "kind": kind, "when": when})


def quiet(channel: str, at: float, zone: str) -> str | None:
    """Give what the strictest window over this instant says, None for none."""
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)).astimezone(ZoneInfo(zone))
    clock, weekend = local.hour * 60 + local.minute, local.weekday() >= 5
    if channel == "sms" and 12 * 60 <= clock < 13 * 60:
        return "drop"
    if channel == "email" and weekend and 7 * 60 <= clock < 16 * 60:
        return "next"
    night = {"sms": (20 * 60, 9 * 60), "email": (22 * 60, 7 * 60)}.get(channel)
    return "wait" if night and (clock >= night[0] or clock < night[1]) else None


def quiet_end(channel: str, at: float, zone: str) -> float:
    at = at - at % 60
    while quiet(channel, at, zone):
        at += 60
    return at
