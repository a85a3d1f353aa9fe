"""Reads `sinks` and `alerts`: what looks at the journal; a kind's own options are judged by a hook."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from tactful_rules.model.folder import SinkConfig
from tactful_rules.source.reading.fields import Fields, read_fields
from tactful_rules.source.reading.scalars import read_word, read_words
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, is_null, to_plain_dict
from tactful_rules.source.sections.context import Context
from tactful_rules.source.sections.kinds import read_kinded, without
from tactful_rules.source.when.scope import for_journal

Shape: TypeAlias = Literal["cloudevents", "flat", "posthog", "formbricks"]
Start: TypeAlias = Literal["now", "beginning"]
SHAPES: tuple[Shape, ...] = ("cloudevents", "flat", "posthog", "formbricks")
STARTS: tuple[Start, ...] = ("now", "beginning")
GENERIC_KEYS = ("kind", "events", "where", "shape", "from")
OURS = ("kind", "events", "where", "from")
"""Keys that no kind of sink has a say in; which shapes there are, it has."""
ALERT_KEYS = ("when", "notify")
EVENTS = (
    "invitation.created", "invitation.sent", "invitation.failed", "invitation.displayed", "invitation.dismissed",
    "invitation.expired", "invitation.cancelled", "response.updated", "response.completed", "feedback.received",
    "person.opted_out", "person.opted_in", "person.aliased", "person.erased", "ruleset.published",
)  # fmt: skip
"""The journal's types without their `tactful.` prefix."""


def read_sinks(context: Context, section: Mapping) -> dict[str, SinkConfig]:
    """Read the sinks; every key that is not common to all kinds is an option of the kind."""
    sinks: dict[str, SinkConfig] = {}
    for name, key, node in context.ids(section, "a sink"):
        fields, kind, at = read_kinded(context, "a sink", key, node)
        options = without(fields, node, GENERIC_KEYS)
        if kind is not None:
            context.check_options(context.check_sink, kind, without(fields, node, OURS), at)
        sinks[name] = _read_sink(context, name, kind or "", fields, options)
    return sinks


def _read_sink(context: Context, name: str, kind: str, fields: Fields, options: Mapping) -> SinkConfig:
    report = context.report
    where = context.conditions(for_journal()).read(fields.get("where"), "`where`")
    events = read_words(report, fields.get("events"), "an event", EVENTS)
    shape = read_word(report, fields.get("shape"), "`shape`", SHAPES) or "cloudevents"
    start = read_word(report, fields.get("from"), "`from`", STARTS) or "now"
    plain = to_plain_dict(options)
    default = SinkConfig(id=name, kind=kind).events
    return SinkConfig(
        id=name, kind=kind, events=events or default, where=where, shape=shape, from_=start, options=plain
    )


def read_alerts(context: Context, section: Mapping) -> dict[str, dict[str, Any]]:
    """Read the alerts in shape: a map each, whose `when` is a condition over the journal."""
    alerts: dict[str, dict[str, Any]] = {}
    for name, key, node in context.ids(section, "an alert"):
        fields = read_fields(context.report, node, "an alert", ALERT_KEYS, key.at)
        context.conditions(for_journal()).read(fields.get("when"), "`when`")
        alerts[name] = _plain(node)
    return alerts


def _plain(node: Node) -> dict[str, Any]:
    if isinstance(node, Scalar) or is_null(node):
        return {}
    return dict(to_plain_dict(node)) if isinstance(node, Mapping) else {}
