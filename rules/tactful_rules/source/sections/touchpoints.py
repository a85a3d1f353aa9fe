"""Reads `touchpoints`: named moments with their params, and when the widget fires one by itself."""

from __future__ import annotations

import re

from tactful_rules.model.ids import Span
from tactful_rules.model.touchpoint import Touchpoint, WebTrigger
from tactful_rules.source.reading.fields import read_fields
from tactful_rules.source.reading.report import suggest
from tactful_rules.source.reading.scalars import read_string, read_text
from tactful_rules.source.reading.times import SPAN_HINT, parse_span
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, describe, is_null
from tactful_rules.source.sections.context import Context
from tactful_rules.source.sections.params import read_params

TOUCHPOINT_KEYS = ("stage", "owner", "title", "params", "web")
WEB_KEYS = ("url", "on")
TRIGGERS = ("load", "click SELECTOR", "exit", "scroll 50%", "dwell 20s")
_PERCENT = re.compile(r"([0-9]{1,3})%")


def read_touchpoints(context: Context, section: Mapping) -> dict[str, Touchpoint]:
    """Read the touchpoints in file order."""
    touchpoints: dict[str, Touchpoint] = {}
    for name, key, node in context.ids(section, "a touchpoint"):
        known = context.touchpoints.setdefault(name, {})
        touchpoints[name] = Touchpoint(name) if is_null(node) else _read_touchpoint(context, name, key, node)
        context.touchpoints[name] = {**touchpoints[name].params, **known}  # of an id that stands twice, those of both
    return touchpoints


def _read_touchpoint(context: Context, name: str, key: Scalar, node: Node) -> Touchpoint:
    fields = read_fields(context.report, node, "a touchpoint", TOUCHPOINT_KEYS, key.at)
    params, web = fields.get("params"), fields.get("web")
    return Touchpoint(
        id=name,
        stage=context.refer(fields.get("stage"), "stage", context.stages),
        owner=context.refer(fields.get("owner"), "owner", context.owners),
        title=read_text(context.report, fields.get("title"), "`title`"),
        params={} if params is None else read_params(context, params),
        web=None if web is None else _read_web(context, web),
    )


def _read_web(context: Context, node: Node) -> WebTrigger | None:
    fields = read_fields(context.report, node, "`web`", WEB_KEYS)
    url = read_string(context.report, fields.require("url", "write a path like `/menu*`"), "`url`")
    on = fields.get("on")
    trigger = WebTrigger(url or "")
    if on is None:
        return trigger
    text = on.text if isinstance(on, Scalar) and isinstance(on.value, str) else ""
    kind, _, rest = text.strip().partition(" ")
    made = _make_trigger(url or "", kind, rest.strip())
    if made is None:
        context.report.error(on.at, "bad_trigger", f"`on` can't be {describe(on)}", _trigger_hint(kind))
    return made or trigger


def _make_trigger(url: str, kind: str, rest: str) -> WebTrigger | None:
    if kind == "click" and rest:
        return WebTrigger(url, "click", selector=rest)
    if kind == "scroll":
        found = _PERCENT.fullmatch(rest)
        return WebTrigger(url, "scroll", percent=float(found[1])) if found and 0 < int(found[1]) <= 100 else None
    if kind == "dwell":
        span: Span | None = parse_span(rest)
        return WebTrigger(url, "dwell", dwell=span) if span else None
    if kind == "load" and not rest:
        return WebTrigger(url, "load")
    if kind == "exit" and not rest:
        return WebTrigger(url, "exit")
    return None


def _trigger_hint(kind: str) -> str:
    hints = {
        "click": "name what is clicked: `click #pay`",
        "scroll": "say how far: `scroll 50%`",
        "dwell": f"say how long: `dwell 20s` ({SPAN_HINT})",
    }
    return hints.get(kind) or suggest(kind, TRIGGERS)
