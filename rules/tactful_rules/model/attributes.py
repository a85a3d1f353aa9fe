"""The attributes that conditions may name, with their types: what every event has beside its declared params."""

from __future__ import annotations

from typing import Literal

AttributeType = Literal["string", "number", "boolean", "date", "list", "any"]

PERSON_PREFIX = "person."
"""Any trait may follow; its type is not known before an event carries it."""

RESERVED_ROOTS = frozenset({"person", "device", "page", "now", "history"})
"""First parts of a dotted path that no declared param may have."""

BUILT_IN: dict[str, AttributeType] = {
    "device.type": "string",
    "device.os": "string",
    "device.browser": "string",
    "page.url": "string",
    "page.path": "string",
    "page.referrer": "string",
    "page.title": "string",
    "page.locale": "string",
    "now.hour": "number",
    "now.weekday": "string",
    "now.date": "date",
    "history.asks": "number",
    "history.answers": "number",
    "history.dismissals": "number",
    "history.days_since_asked": "number",
    "history.days_since_answered": "number",
    "history.last_score": "number",
}

JOURNAL: dict[str, AttributeType] = {
    "type": "string",
    "touchpoint": "string",
    "stage": "string",
    "channel": "string",
    "questionnaire": "string",
    "rule": "string",
    "score.nps": "number",
    "score.csat": "number",
    "score.ces": "number",
}
"""What `sinks.*.where` and `alerts.*.when` may name, beside `answers.*`, `params.*` and `person.*`."""

JOURNAL_PREFIXES = ("answers.", "params.", PERSON_PREFIX)
