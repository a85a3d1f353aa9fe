"""Reads the smaller parts of a rule: its channels in order, its quota and its reminder."""

from __future__ import annotations

import re

from tactful_rules.model.rule import ChannelStep, Quota, Reminder
from tactful_rules.source.reading.fields import read_fields
from tactful_rules.source.reading.scalars import read_count, read_list
from tactful_rules.source.reading.times import parse_span, read_per, read_span, respell_span
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, describe
from tactful_rules.source.sections.context import Context

QUOTA_KEYS = ("answers", "asks", "per")
REMIND_KEYS = ("after", "times")
_AFTER = re.compile(r"after +([0-9]+[smhdw])")
_NO_AFTER = re.compile(r"^\s*after\s*", re.IGNORECASE)


def read_channel_steps(context: Context, node: Node | None) -> tuple[ChannelStep, ...]:
    """Read `[web, {sms: after 2h}]`."""
    steps: list[ChannelStep] = []
    items = (node,) if isinstance(node, Mapping) else read_list(context.report, node, "`channels`")
    for item in items:
        step = _read_step(context, item)
        if step is None:
            continue
        if any(step.channel == other.channel for other in steps):
            context.report.error(item.at, "duplicate_value", f"`{step.channel}` stands here already", "remove it")
            continue
        if step.after is not None and not steps:
            message = "the first channel can't be a fallback"
            context.report.error(item.at, "not_allowed", message, f"write `{step.channel}` alone")
        elif step.after is not None and context.channels[step.channel].on_screen:
            message = f"`{step.channel}` can't be a fallback: nothing can be shown to somebody who is not there"
            hint = f"put `{step.channel}` first, and a channel that sends behind it"
            context.report.error(item.at, "not_allowed", message, hint)
        steps.append(step)
    return tuple(steps)


def _read_step(context: Context, node: Node) -> ChannelStep | None:
    if not isinstance(node, Mapping):
        channel = context.refer(node, "channel", context.channels)
        return None if channel is None else ChannelStep(channel)
    if len(node.entries) != 1:
        hint = "write it as `{sms: after 2h}`"
        context.report.error(node.at, "wrong_type", "a fallback names one channel and its wait", hint)
        return None
    key, wait = node.entries[0]
    channel = context.refer(key, "channel", context.channels)
    found = _AFTER.fullmatch(wait.text) if isinstance(wait, Scalar) else None
    after = parse_span(found[1]) if found else None
    if not after:
        hint = _wait_hint(channel or "sms", wait)
        context.report.error(wait.at, "bad_duration", f"a fallback can't wait {describe(wait)}", hint)
    return ChannelStep(channel, after) if channel is not None and after else None


def _wait_hint(channel: str, wait: Node) -> str:
    meant = respell_span(_NO_AFTER.sub("", wait.text)) if isinstance(wait, Scalar) else None
    if meant is not None and parse_span(meant):
        return f"did you mean `{{{channel}: after {meant}}}`?"
    return f"write it as `{{{channel}: after 2h}}`"


def read_quota(context: Context, node: Node | None) -> Quota | None:
    """Read `{answers: 200, per: day}`."""
    if node is None:
        return None
    fields = read_fields(context.report, node, "`quota`", QUOTA_KEYS)
    per = read_per(context.report, fields.get("per"), "`per`")
    answers = read_count(context.report, fields.get("answers"), "`answers`")
    asks = read_count(context.report, fields.get("asks"), "`asks`")
    if ("answers" in fields) == ("asks" in fields) and not fields.broken:
        message = "a quota counts either `answers` or `asks`"
        context.report.error(node.at, "conflicting_keys", message, "write it like `{answers: 200, per: day}`")
        return None
    if answers is not None:
        return Quota("answers", answers, per)
    return None if asks is None else Quota("asks", asks, per)


def read_reminder(context: Context, node: Node | None) -> Reminder | None:
    """Read `{after: 24h, times: 1}`."""
    if node is None:
        return None
    fields = read_fields(context.report, node, "`remind`", REMIND_KEYS)
    after = read_span(context.report, fields.require("after"), "`after`")
    times = read_count(context.report, fields.get("times"), "`times`")
    return None if after is None else Reminder(after, times or 1)
