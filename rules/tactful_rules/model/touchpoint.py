"""Touchpoints and their params: the named moments of a customer's journey."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from tactful_rules.model.ids import Span

Text = dict[str, str]
"""A text by locale; the key "" holds a text written without one, which serves every locale."""

WebTriggerKind = Literal["load", "click", "exit", "scroll", "dwell"]


class WebTrigger(Struct, frozen=True, omit_defaults=True):
    """When the widget fires a touchpoint by itself.

    `url` is a glob over path and query (`*` stands for anything). `selector` belongs to `click`, `percent` to
    `scroll`, `dwell` is in milliseconds.
    """

    url: str
    on: WebTriggerKind = "load"
    selector: str | None = None
    percent: float | None = None
    dwell: Span | None = None


class Stage(Struct, frozen=True):
    """One stage of the journey; the settings' order of stages is the customer's."""

    stage: str
    title: Text = {}


class Touchpoint(Struct, frozen=True, omit_defaults=True):
    """A named moment. `params` maps a dotted path to the JSON Schema that its value must meet."""

    id: str
    stage: str | None = None
    owner: str | None = None
    title: Text = {}
    params: dict[str, dict[str, Any]] = {}
    web: WebTrigger | None = None
