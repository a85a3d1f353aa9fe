"""The trace of a decision: one line a step, written only when somebody asked for it."""

from __future__ import annotations

from tactful_rules.conditions import Lookup, RegexCompiler, find_failure
from tactful_rules.model.condition import Condition
from tactful_rules.model.decision import Reason, Step
from tactful_rules.model.ids import DAY, HOUR, MINUTE, SECOND, Instant, Span, rfc3339
from tactful_rules.model.policy import Cap, Holidays, Pause, QuietHours
from tactful_rules.model.rule import Quota
from tactful_rules.tact import Stop, Stretch

_UNITS = (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND))


class Trace:
    """Collects steps; a decision that nobody wants explained has none, since writing it took as long as deciding."""

    __slots__ = ("_steps",)

    def __init__(self) -> None:
        self._steps: list[Step] = []

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps so far."""
        return tuple(self._steps)

    def note(
        self,
        step: str,
        ok: bool,
        *,
        rule: str | None = None,
        reason: Reason | None = None,
        channel: str | None = None,
        until: Instant | None = None,
        detail: str = "",
    ) -> None:
        """Write down one step."""
        self._steps.append(Step(step, ok, rule, reason, channel, until, detail))


def describe_failure(condition: Condition | None, lookup: Lookup, regex: RegexCompiler | None) -> str:
    """Say which test kept a condition from being true, with its value."""
    failure = find_failure(condition, lookup, regex)
    return "" if failure is None else str(failure)


def describe_quota(quota: Quota, used: int, held: int) -> str:
    """Say how much of a quota is used, and how much of that is only held."""
    return f"{used} of {quota.limit}" + (f": {used - held} counted, {held} held" if held else "")


def describe_stop(stop: Stop) -> str:
    """Say which pause or cap stops an ask, and until when."""
    return describe_limit(stop.by) + _until(stop.until)


def describe_stretch(stretch: Stretch) -> str:
    """Say which quiet hours or holidays an instant lies in, what then, and until when."""
    return f"{describe_limit(stretch.by)}, {stretch.by.then}" + _until(stretch.until)


def describe_limit(by: Pause | Cap | QuietHours | Holidays) -> str:
    """Name one entry of the policy in the words of the survey folder: `cap of 2 per 30d, on sms`."""
    match by:
        case Pause():
            text = f"pause after {by.after} for {write_span(by.for_)}"
        case Cap():
            text = f"cap of {by.at_most} per {by.per if isinstance(by.per, str) else write_span(by.per)}"
        case QuietHours():
            text = f"quiet hours {write_clock(by.from_)}-{write_clock(by.to)}"
            return text + (f" on {', '.join(by.days)}" if by.days else "")
        case Holidays():
            return f"holidays of {by.calendar}" if by.calendar else "holidays"
    text += f", same {by.same}" if by.same else ""
    return text + (f", on {', '.join(by.on)}" if by.on else "")


def _until(at: Instant | None) -> str:
    return f", until {rfc3339(at)}" if at is not None else ""


def write_clock(minutes: int) -> str:
    """Write minutes of the day as a clock shows them: `21:30`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def write_span(span: Span) -> str:
    """Write a duration as a survey folder does, in the largest unit that fits, days at most: `14d`, `90s`."""
    for unit, length in _UNITS:
        if span and span % length == 0:
            return f"{span // length}{unit}"
    return f"{span / SECOND:g}s"
