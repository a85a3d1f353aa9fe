"""One row of traffic, read: who was where when, with the params as the touchpoint declares them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tactful_gateway.simulator.rejected.gather import RejectedParam
from tactful_rules.model.event import Device, Page
from tactful_rules.model.ids import Instant


class Visit(Struct, frozen=True, gc=False):  # there are millions, and none is part of a cycle
    """One touchpoint call to play. `event_id` is empty where the traffic has none."""

    at: Instant
    person: str
    touchpoint: str
    params: dict[str, Any]
    rejected: tuple[str, ...] = ()
    traits: dict[str, Any] = {}
    device: Device = Device()
    page: Page = Page()
    reach: dict[str, bool | str] | None = None
    timezone: str | None = None
    event_id: str = ""


class BadRow(Struct, frozen=True):
    """A row that can't be played; lines count from 1."""

    line: int
    message: str


class Traffic(Struct, frozen=True):
    """A traffic file as read: visits in order of time, and what its reader should know."""

    visits: tuple[Visit, ...]
    bad: tuple[BadRow, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    unknown_touchpoints: Mapping[str, int] = {}
    """Touchpoints that are declared nowhere, each with the line on which it stands first."""
    unsorted: int = 0
    """How many rows stood after a later one; they were put in order."""
    rejected_params: tuple[RejectedParam, ...] = ()
