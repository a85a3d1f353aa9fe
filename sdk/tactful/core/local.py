"""The short way of a call: a no that this process can say by itself, in microseconds, without JSON.

It looks at what a no depends on: the types of the arguments, the declared params and what the rules name. Where any of
that is not as JSON carries it, and for every "maybe", it leaves the call to the long way (`engine.py`), which reads
the event as the gateway would receive it and says what is wrong with it. So what is deeper in the arguments and
matters to no rule is judged only when the event has to leave.
"""

from __future__ import annotations

from typing import Any

from tactful.context import CARRIED
from tactful.core.event.call import is_key
from tactful.core.parts import Parts
from tactful_rules.model.decision import Decision

_NONE: dict[str, Any] = {}
_ANYBODY = "anybody"
"""Stands for a person who is not known yet; no rule is refused for an id, and all traits are unknown."""


class Local:
    """Says no from the ruleset in the process; safe under threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._cache = parts.cache
        self._wall = parts.sources.wall
        self._lock = parts.lock
        self._make_id = parts.event_ids.make
        self._count = parts.reporter.tally.count

    def refuse(
        self,
        touchpoint: Any,
        person: Any,
        params: Any,
        reach: Any,
        locale: Any,
        timezone: Any,
        page: Any,
        device: Any,
        event_id: Any,
        *,
        filled: bool = False,
    ) -> Decision | None:
        """Give the no that needs no gateway, counted, or None where the call has to go the long way.

        Until the arguments are `filled` with what the request around carries, what was left out may be anything: so a
        no that holds for everybody is said without asking the app who it is.
        """
        rules = self._cache.rules
        if rules is None or self._parts.closed:
            return None
        if not (filled or (request := CARRIED.get()) is None):
            person = _ANYBODY if person is None and request.tells_person else person
            page = _NONE if page is None else page  # what a page leaves out may be anything; no page has nothing
        try:
            declared = rules.declared.get(touchpoint)
            traits = person if type(person) is dict else None
            if (
                declared is None
                or not is_key(person if traits is None else traits.get("id"))
                or not (event_id is None or is_key(event_id))
                or not (
                    (type(params) is dict and reach is page is device is None)  # as most calls are
                    or _are_sound(params, reach, page, device)
                )
                or not (locale is None or type(locale) is str)
                or not (timezone is None or type(timezone) is str)
            ):
                return None
            reading = declared.read(params or _NONE)
            if not reading.plain:
                return None
            now = self._wall()
            name, gate = declared.touchpoint, rules.gate
            if gate.refuses(name, reading.values, traits, now, page=page, device=device, read=True) != "no_rule":
                return None
        except Exception:  # noqa: BLE001 - the long way meets it again and says it
            return None
        with self._lock:
            if event_id is None:
                event_id = self._make_id(now)
            self._count(name, "no_rule", reading.numbers)
        if reading.strangers:
            self._parts.strangers.note_params(declared, reading.strangers)
        if reading.rejected:
            self._parts.strangers.note_rejected(name, reading.rejected, declared, params)
        rejected = reading.rejected
        return Decision(ask=False, reason="no_rule", touchpoint=name, event_id=event_id, rejected_params=rejected)


def _are_sound(*maps: object) -> bool:
    """Tell whether each is a map, or left out."""
    for some in maps:  # noqa: SIM110 - `all()` over a generator costs twice as much here
        if some is not None and type(some) is not dict:
            return False
    return True
