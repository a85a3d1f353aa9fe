"""Time zones by name: whose clock counts, and from which source it was taken; a bad name is passed over."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from tactful_rules.model.decision import TimezoneSource
from tactful_rules.model.event import Event
from tactful_rules.model.person import PersonState
from tactful_rules.model.ruleset import Settings

_NAME_MAX_LENGTH = 64


def find_zone(name: object) -> ZoneInfo | None:
    """Give the IANA time zone of that name, None for a name that is none; never raises."""
    return _find(name) if isinstance(name, str) and 0 < len(name) <= _NAME_MAX_LENGTH else None


@lru_cache(maxsize=1024)
def _find(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # a path, a directory, an unknown key: `ZoneInfo` raises all of these
        return None


def zone_of(settings: Settings) -> ZoneInfo:
    """Give the settings' zone, UTC where its name is unknown on this machine."""
    return find_zone(settings.timezone) or ZoneInfo("UTC")


def timezone_of(event: Event, state: PersonState, default: ZoneInfo) -> tuple[ZoneInfo, TimezoneSource]:
    """Give the zone that holds for a person at an event, and who named it: the event, the person or the settings.

    The person's is the trait `timezone` that the caller sends, else the one last heard of; the settings' is `default`.
    """
    zone = None if event.timezone is None else find_zone(event.timezone)
    if zone is not None:
        return zone, "event"
    said = event.traits.get("timezone")
    if said is not None or state.timezone is not None:
        zone = find_zone(said) or find_zone(state.timezone)
        if zone is not None:
            return zone, "person"
    return default, "settings"
