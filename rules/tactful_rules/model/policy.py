"""Do-not-disturb as data: pauses, caps, quiet hours and holidays, and the policy that holds when none is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, field

from tactful_rules.model.ids import DAY, HOUR, Span
from tactful_rules.model.rule import Per

HistoryKind = Literal["asked", "answered", "dismissed"]
Same = Literal["questionnaire", "touchpoint", "stage", "channel"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
QuietAction = Literal["wait", "next", "drop"]


class Pause(Struct, frozen=True, omit_defaults=True):
    """Leave the person alone for `for_` after an event; `on` empty stops every channel."""

    after: HistoryKind
    for_: Span = field(name="for")
    same: Same | None = None
    on: tuple[str, ...] = ()


class Cap(Struct, frozen=True, omit_defaults=True):
    """At most `at_most` asks in the window `per`; with `on`, only asks on those channels count."""

    at_most: int
    per: Per
    same: Same | None = None
    on: tuple[str, ...] = ()


class QuietHours(Struct, frozen=True, omit_defaults=True):
    """A stretch of the person's wall clock, `[from, to)` in minutes of the day (0 to 1440).

    `on` empty means every sent channel; `days` empty means every day, the day being the one it starts on.
    """

    from_: int = field(name="from")
    to: int
    days: tuple[Weekday, ...] = ()
    on: tuple[str, ...] = ()
    then: QuietAction = "wait"


class Holidays(Struct, frozen=True, omit_defaults=True):
    """Whole days of a calendar (a country or subdivision code) or listed dates (`YYYY-MM-DD`)."""

    calendar: str | None = None
    dates: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    then: QuietAction = "wait"


class DoNotDisturb(Struct, frozen=True, omit_defaults=True):
    """The whole policy; what stands here holds over all rules."""

    pauses: tuple[Pause, ...] = ()
    caps: tuple[Cap, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    holidays: tuple[Holidays, ...] = ()

    def entries(self) -> Iterator[tuple[str, Pause | Cap | QuietHours | Holidays]]:
        """Yield every entry with its place: `pauses[0]`, `pauses[1]`, `caps[0]`, ..."""
        for name in self.__struct_fields__:
            for number, entry in enumerate(getattr(self, name)):
                yield f"{name}[{number}]", entry


DEFAULT_POLICY = DoNotDisturb(
    pauses=(
        Pause(after="asked", for_=30 * DAY),
        Pause(after="answered", for_=90 * DAY, same="questionnaire"),
        Pause(after="dismissed", for_=30 * DAY),
    ),
    caps=(Cap(at_most=1, per=24 * HOUR),),
    quiet_hours=(QuietHours(from_=21 * 60, to=8 * 60),),
)
"""What holds when a survey folder has no `do_not_disturb` key."""
