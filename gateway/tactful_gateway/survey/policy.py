"""Says the do-not-disturb policy in words, for people who did not write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tactful_rules.model.ids import DAY, HOUR, MINUTE, SECOND, Span
from tactful_rules.model.policy import Cap, Holidays, Pause, QuietHours
from tactful_rules.model.rule import Per
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.trace import write_clock

_AFTER = {"asked": "After an ask", "answered": "After an answer", "dismissed": "After a dismissal"}
_SAME = {
    "questionnaire": "the same questionnaire",
    "touchpoint": "the same touchpoint",
    "stage": "the same stage",
    "channel": "the same channel",
}
_THEN = {"wait": "wait until it is over", "next": "try the next channel", "drop": "do not ask"}
_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))


def describe_policy(ruleset: Ruleset) -> list[str]:
    """Give one sentence a pause, cap, quiet stretch and holiday; an empty policy is said, too."""
    policy, channels = ruleset.do_not_disturb, ruleset.channels
    lines = [_pause(pause) for pause in policy.pauses]
    lines += [_cap(cap) for cap in policy.caps]
    lines += [_quiet(hours, channels) for hours in policy.quiet_hours]
    lines += [_holidays(holidays, channels) for holidays in policy.holidays]
    return lines or ["Nothing limits how often a person is asked."]


def describe_span(span: Span) -> str:
    """Write a duration in the largest unit that divides it, days at most, as people say it of pauses: `28 days`."""
    for size, word in _UNITS:
        if span % size == 0 and not (size == DAY and span == DAY):
            number = span // size
            return f"{number} {word}" + ("" if number == 1 else "s")
    return f"{span} ms"


def _pause(pause: Pause) -> str:
    what = f"ask nothing of {_SAME[pause.same]}" if pause.same else "ask nothing"
    return f"{_AFTER[pause.after]}, {what} for {describe_span(pause.for_)}{_on(pause.on)}."


def _cap(cap: Cap) -> str:
    what = f" of {_SAME[cap.same]}" if cap.same else ""
    asks = "1 ask" if cap.at_most == 1 else f"{cap.at_most} asks"
    return f"At most {asks}{what} {_per(cap.per)}{_on(cap.on)}."


def _per(per: Per) -> str:
    return f"in any {describe_span(per)}" if isinstance(per, int) else f"per {per}, by the person's calendar"


def _quiet(hours: QuietHours, channels: Mapping[str, Channel]) -> str:
    days = f" on {', '.join(hours.days)}" if hours.days else ""
    where = _on(hours.on) or " on every sent channel"
    return f"Quiet from {write_clock(hours.from_)} to {write_clock(hours.to)}{days}{where}: {_then(hours, channels)}."


def _holidays(holidays: Holidays, channels: Mapping[str, Channel]) -> str:
    parts = [f"the holidays of {holidays.calendar}"] if holidays.calendar else []
    parts += list(holidays.dates)
    where = _on(holidays.on) or " on every sent channel"
    return f"Quiet on {', '.join(parts)}{where}: {_then(holidays, channels)}."


def _then(quiet: QuietHours | Holidays, channels: Mapping[str, Channel]) -> str:
    screens = [name for name in quiet.on if name in channels and channels[name].on_screen]
    if quiet.then != "wait" or not screens:
        return _THEN[quiet.then]
    if len(screens) == len(quiet.on):
        return f"{_THEN['next']}, since nothing waits on screen"
    return f"{_THEN['wait']} (on {', '.join(screens)}: {_THEN['next']})"


def _on(channels: Iterable[str]) -> str:
    names = list(channels)
    return f" on {', '.join(names)}" if names else ""
