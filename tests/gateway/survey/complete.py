"""A survey folder that uses every key of the language, as plain values, and a writer that gives each key a line."""

from __future__ import annotations

import json
from typing import Any

Tree = dict[str, Any]

COMPLETE: Tree = {
    "settings": {"timezone": "Asia/Shanghai", "locale": "zh-CN", "holdout": "5%"},
    "journey": [{"stage": "order", "title": {"en": "Ordering"}}],
    "owners": {"team": {"title": "The team", "notify": ["https://example.com/hook"]}},
    "touchpoints": {
        "payment": {
            "stage": "order",
            "owner": "team",
            "title": "Paying",
            "params": {"order.kind": {"type": "string", "enum": ["combo", "single"]}, "order.amount": "number"},
            "web": {"url": "/pay*", "on": "dwell 20s"},
        }
    },
    "rules": {
        "all-of-it": {
            "at": "payment",
            "when": {
                "order.kind": {"is_not": "single"},
                "any": [{"order.amount": {"at_least": 3}}, {"all": [{"person.x": {"exists": True}}]}],
                "not": {"person.plan": {"starts_with": "free"}},
            },
            "variants": [{"ask": "csat", "when": {"history.asks": {"at_most": 9}}, "weight": 2}, {"ask": "csat"}],
            "sample": "50%",
            "channels": ["web", {"sms": "after 2h"}],
            "priority": 1,
            "quota": {"answers": 5, "per": "day"},
            "from": "2026-01-01",
            "until": "2096-01-01",
            "delay": "1h",
            "valid_for": "48h",
            "enabled": True,
            "remind": {"after": "24h", "times": 1},
            "ignore": ["caps"],
        },
        "short": {"at": "payment", "ask": "csat"},
    },
    "questionnaires": {
        "csat": {
            "title": "Paying",
            "questions": [
                {"id": "score", "type": "csat", "text": "How?", "help": "H", "required": True, "low": "bad",
                 "high": "good", "style": "stars"},
                {"id": "n", "type": "multi", "text": "What?",
                 "options": [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}],
                 "other": True, "none": True, "shuffle": True, "min": 1, "max": 2, "if": {"score": {"at_most": 3}}},
                {"id": "why", "type": "text", "text": "Why?", "long": True, "max_length": 99, "placeholder": "..."},
            ],
            "ends": [{"title": "Thanks", "text": "Bye", "if": {"score": {"more_than": 3}}}],
        }
    },
    "channels": {
        "web": {"kind": "widget"},
        "app": {"kind": "app"},
        "email": {"kind": "email", "url": "${SMTP}", "from": "a@example.com", "subject": "S", "text": "T", "html": "H"},
        "hook": {"kind": "http", "url": "${HOOK}", "method": "POST", "headers": {"x-a": "b"},
                 "json": {"to": "{{address}}"}},
        "sms": {"kind": "apprise", "url": "${SMS}", "title": "T", "text": "{{url}}"},
    },
    "do_not_disturb": {
        "pauses": [{"after": "asked", "for": "7d", "same": "touchpoint", "on": ["web"]}],
        "caps": [{"at_most": 2, "per": "30d", "same": "stage", "on": ["web"]}],
        "quiet_hours": [{"from": "21:00", "to": "08:00", "days": ["mon"], "on": ["sms"], "then": "wait"}],
        "holidays": [{"calendar": "CN", "on": ["sms"], "then": "next"}, {"dates": ["2026-10-01"]}],
    },
    "sinks": {
        "file": {"kind": "jsonl", "path": "a.jsonl", "rotate": {"size": "9MB", "every": "day"},
                 "events": ["response.completed"], "from": "now",
                 "where": {"score.csat": {"at_most": 2}}, "shape": "cloudevents"},
        "out": {"kind": "stdout"},
        "hook": {"kind": "webhook", "url": "${URL}", "secret": "${SECRET}", "headers": {"x-a": "b"}, "timeout": 5,
                 "allow_private": False},
    },
    "alerts": {"unhappy": {"when": {"score.csat": {"at_most": 2}}, "notify": "team"}},
    "tests": [
        {
            "name": "a test",
            "at": "payment",
            "params": {"order": {"kind": "combo"}},
            "person": {"id": "u1"},
            "history": [{"asked": "csat", "ago": "3d", "at": "payment", "channel": "web", "score": 3}],
            "reach": {"web": True},
            "device": {"type": "phone", "os": "iOS", "browser": "Safari"},
            "page": {"url": "https://a.example/", "path": "/", "referrer": "", "title": "T", "locale": "en"},
            "now": "2026-06-01",
            "timezone": "Europe/Berlin",
            "expect": {"ask": False, "reason": "paused"},
        }
    ],
}  # fmt: skip


def write(value: Any, indent: int = 0) -> str:
    """Write as block YAML in which every key begins a line of its own."""
    pad = " " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{key}:{_below(below, indent)}" for key, below in value.items())
    return "".join(f"{pad}-{_below(item, indent)}" for item in value)


def _below(value: Any, indent: int) -> str:
    if isinstance(value, (dict, list)) and value:
        return "\n" + write(value, indent + 2)
    return f" {json.dumps(value, ensure_ascii=False)}\n"
