"""The event: what a caller says of one person at one touchpoint, with params already checked."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Page(Struct, frozen=True, gc=False, omit_defaults=True):
    """The page the person is on, for web touchpoints."""

    url: str | None = None
    path: str | None = None
    referrer: str | None = None
    title: str | None = None
    locale: str | None = None


class Device(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the user agent says: `type` is phone, tablet, desktop or bot."""

    type: str | None = None
    os: str | None = None
    browser: str | None = None


class Event(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One touchpoint call.

    `params` maps a declared dotted path to its value; those that broke their schema are left out and named in
    `rejected_params`. `traits` is the person's other data (`person.*`). `reach` maps a channel id to True (an on-screen
    channel offered) or to an address; None means that the caller said nothing, so every on-screen channel is offered.
    """

    touchpoint: str
    person: str
    event_id: str
    params: dict[str, Any] = {}
    rejected_params: tuple[str, ...] = ()
    traits: dict[str, Any] = {}
    reach: dict[str, bool | str] | None = None
    page: Page = Page()
    device: Device = Device()
    locale: str | None = None
    timezone: str | None = None
