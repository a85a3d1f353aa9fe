"""What conditions of rules may name: the attributes of one event, one person and one instant.

The wall clock is worked out only when a condition looks at it.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from tactful_rules.conditions.paths import find
from tactful_rules.conditions.possible import ANYTHING
from tactful_rules.model.event import Device, Event, Page
from tactful_rules.model.ids import DAY, Instant, to_datetime
from tactful_rules.model.person import NOBODY, PersonState

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Attributes(dict[str, object]):
    """The attributes of an event by name, each worked out when first looked at; one that is missing is None.

    A dict that fills itself, because a hundred rules ask for the same few names: `attributes.__getitem__` is the lookup
    that costs least.
    """

    __slots__ = ("_event", "_local", "_now", "_state", "_zone")

    def __init__(self, event: Event, state: PersonState, now: Instant, zone: tzinfo) -> None:
        dict.__init__(self, event.params)  # what `super()` gives, without asking for it: decisions are many
        self._event = event
        self._state = state
        self._now = now
        self._zone = zone
        self._local: datetime | None = None

    def __missing__(self, name: str) -> object:
        value = self[name] = self._look(name)
        return value

    def _look(self, name: str) -> object:
        root, _, rest = name.partition(".")
        if root == "person":
            return self._event.person if rest == "id" else find(self._event.traits, rest)
        if root == "history":
            return self._history(rest)
        if root == "now":
            return self._clock(rest)
        if root == "page":
            return getattr(self._event.page, rest) if rest in Page.__struct_fields__ else None
        if root == "device":
            return getattr(self._event.device, rest) if rest in Device.__struct_fields__ else None
        return None

    def _history(self, name: str) -> object:
        state = self._state
        if name in ("asks", "answers", "dismissals", "last_score"):
            return getattr(state, name)
        if name == "days_since_asked":
            return self._days_since(state.last_asked)
        if name == "days_since_answered":
            return self._days_since(state.last_answered)
        return None

    def _days_since(self, at: Instant | None) -> int | None:
        return None if at is None else max(0, (self._now - at) // DAY)

    def _clock(self, name: str) -> object:
        if self._local is None:
            self._local = to_datetime(self._now).astimezone(self._zone)
        if name == "hour":
            return self._local.hour
        if name == "weekday":
            return _WEEKDAYS[self._local.weekday()]
        if name == "date":
            return self._local.date().isoformat()
        return None


class Foreseen(Attributes):
    """The attributes of an event before its person's state is loaded: what depends on that state may be ANYTHING."""

    __slots__ = ()

    def __init__(self, event: Event) -> None:
        super().__init__(event, NOBODY, 0, UTC)

    def _history(self, name: str) -> object:
        return ANYTHING

    def _clock(self, name: str) -> object:
        return ANYTHING  # the zone may be the person's
