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


class Local:
    """Says no from the ruleset in the process; safe under threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._cache = parts.cache
        self._wall = parts.sources.wall

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

        Until the arguments are `filled` with what the request around carries, they do not say all.
        """
        rules, parts = self._cache.rules, self._parts
        if rules is None or parts.closed or not (filled or CARRIED.get() is None):
            return None
        try:
            declared = rules.declared.get(touchpoint)
            if declared is None or not _is_sound(person, reach, locale, timezone, page, device, event_id):
                return None
            if params is None:
                params = {}
            elif type(params) is not dict:
                return None
            reading = declared.read(params)
            if not reading.plain:
                return None
            now = self._wall()
            traits = person if type(person) is dict else None
            touchpoint = declared.touchpoint
            if rules.gate.refuses(touchpoint, reading.values, traits, now, page=page, device=device) != "no_rule":
                return None
        except Exception:  # noqa: BLE001 - the long way meets it again and says it
            return None
        with parts.lock:
            if event_id is None:
                event_id = parts.event_ids.make(now)
            parts.reporter.tally.count(touchpoint, "no_rule", reading.numbers)
        if reading.strangers:
            parts.strangers.note_params(declared, reading.strangers)
        return Decision(
            ask=False,
            reason="no_rule",
            touchpoint=touchpoint,
            event_id=event_id,
            rejected_params=reading.rejected,
        )


def _is_sound(
    person: object,
    reach: object,
    locale: object,
    timezone: object,
    page: object,
    device: object,
    event_id: object,
) -> bool:
    """Tell whether the arguments are of the types they should be, params apart."""
    return (
        is_key(person if type(person) is str else person.get("id") if type(person) is dict else None)
        and (event_id is None or is_key(event_id))
        and (reach is None or type(reach) is dict)
        and (locale is None or type(locale) is str)
        and (timezone is None or type(timezone) is str)
        and (page is None or type(page) is dict)
        and (device is None or type(device) is dict)
    )
