"""The policy sorted for deciding: what stops every channel is judged once, what stops some is judged per channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from tactful_rules.model.ids import DAY, HOUR, Instant, Span
from tactful_rules.model.person import HistoryEvent
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tactful_rules.model.rule import Calendar, Ignorable
from tactful_rules.tact.candidates import Candidate, Stop
from tactful_rules.tact.caps import find_cap
from tactful_rules.tact.pauses import find_pause

_UNIT: dict[Calendar, Span] = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY}
_CLOCK_CHANGE: Span = 3 * HOUR
"""How much longer than usual a day may be; two hours is the most in use (Antarctica/Troll)."""


def longest_window(policy: DoNotDisturb) -> Span:
    """Give how far back history matters: the longest pause or cap in milliseconds, a month being 31 days."""
    pauses = (pause.for_ for pause in policy.pauses)
    caps = (cap.per if isinstance(cap.per, int) else _UNIT[cap.per] + _CLOCK_CHANGE for cap in policy.caps)
    return max((*pauses, *caps), default=0)


@dataclass(frozen=True, slots=True)
class Tact:
    """Pauses and caps, split by whether they stop every channel alike."""

    pauses: tuple[Pause, ...]
    caps: tuple[Cap, ...]
    channel_pauses: tuple[Pause, ...]
    channel_caps: tuple[Cap, ...]
    by_channel: bool
    """Whether any pause or cap needs to know the channel."""

    @classmethod
    def of(cls, policy: DoNotDisturb) -> Tact:
        """Sort a policy: `on` and `same: channel` need to know the channel."""
        channel_pauses = tuple(pause for pause in policy.pauses if _by_channel(pause))
        channel_caps = tuple(cap for cap in policy.caps if _by_channel(cap))
        return cls(
            pauses=tuple(pause for pause in policy.pauses if not _by_channel(pause)),
            caps=tuple(cap for cap in policy.caps if not _by_channel(cap)),
            channel_pauses=channel_pauses,
            channel_caps=channel_caps,
            by_channel=bool(channel_pauses or channel_caps),
        )

    def stop(
        self,
        candidate: Candidate,
        history: tuple[HistoryEvent, ...],
        now: Instant,
        zone: tzinfo,
        ignore: tuple[Ignorable, ...] = (),
    ) -> Stop | None:
        """Give what stops a candidate; pauses come before caps.

        With a channel in the candidate only what depends on the channel is looked at, without one only the rest.
        """
        channel = candidate.channel
        pauses, caps = (self.pauses, self.caps) if channel is None else self._about(channel)
        found = None if "pauses" in ignore else find_pause(pauses, history, candidate, now)
        if found is not None or "caps" in ignore:
            return found
        return find_cap(caps, history, candidate, now, zone)

    def _about(self, channel: str) -> tuple[tuple[Pause, ...], tuple[Cap, ...]]:
        return (
            tuple(pause for pause in self.channel_pauses if not pause.on or channel in pause.on),
            tuple(cap for cap in self.channel_caps if not cap.on or channel in cap.on),
        )


def _by_channel(limit: Pause | Cap) -> bool:
    return bool(limit.on) or limit.same == "channel"
