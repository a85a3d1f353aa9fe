"""What traffic may name: what the rulesets it is played through declare, and columns with a meaning of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import tzinfo

from tactful_gateway.simulator.traffic.about import is_about
from tactful_gateway.simulator.traffic.rows import RowError, TrafficError, TrafficOptionError
from tactful_rules.mistakes.spelling import nearest
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.reach import strange_channels
from tactful_rules.source import listing, suggest, suggest_timezone
from tactful_rules.tact import find_zone, zone_of

COLUMNS = ("at", "person", "touchpoint", "offers", "timezone", "event_id")
"""The columns with a meaning of their own; every other one is a param, or about the person, device or page."""

_ZONE = re.compile(r"[A-Z]{2,5}|[A-Za-z]{2,12}/[A-Za-z_/+-]{1,30}")
"""What may be a misspelt zone: what stands in the wrong column may be anybody's address, and is not repeated."""


class Names:
    """What one file is read against. What only a ruleset played beside `ruleset` declares may be named, no more."""

    def __init__(
        self,
        ruleset: Ruleset,
        touchpoint: str | None,
        renames: Mapping[str, str],
        beside: Ruleset | None,
        zone: tzinfo | None,
    ) -> None:
        played = (ruleset,) if beside is None else (ruleset, beside)
        self.ruleset = ruleset
        self.touchpoint = touchpoint
        self.renames = renames
        self.zone = zone or zone_of(ruleset.settings)
        self.params = {path for other in played for declared in other.touchpoints.values() for path in declared.params}
        self._touchpoints = {name: None for other in played for name in other.touchpoints}
        self._channels = {name: None for other in played for name in other.channels}
        self._check_options()

    def means_something(self, name: str) -> bool:
        """Tell whether a column of that name is read at any touchpoint."""
        return name in self.params or not is_param(name)

    def check_columns(self, columns: tuple[str, ...]) -> None:
        """See that a header has all that there must be.

        Raises:
            TrafficError: it has not.
        """
        for column in self.renames:
            if column not in columns:
                raise TrafficOptionError(f'the traffic has no column "{column}"{_near(column, columns)}')
        names = [self.renames.get(column, column) for column in columns]
        for name in ("at", "person"):
            if name not in names:
                raise TrafficError(f"the traffic has no column `{name}`; rename one with --map COLUMN={name}")
        if "touchpoint" not in names and self.touchpoint is None:
            raise TrafficOptionError("say which touchpoint this is with --touchpoint; the traffic has no such column")

    def reach(self, offers: object) -> dict[str, bool | str]:
        """Give what is offered: a sent channel's address is made up, for nothing is sent."""
        channels = self.ruleset.channels
        wanted = list(channels) if offers is None else offers.split() if isinstance(offers, str) else offers
        if not isinstance(wanted, list) or not all(isinstance(name, str) and name in self._channels for name in wanted):
            raise RowError(_no_offers(wanted, self._channels))
        return {name: True if channels[name].on_screen else "simulated" for name in wanted if name in channels}

    def is_touchpoint(self, name: str) -> bool:
        """Tell whether a touchpoint is declared, here or in the folder beside."""
        return name in self._touchpoints

    def _check_options(self) -> None:
        if self.touchpoint is not None and self.touchpoint not in self._touchpoints:
            hint = _near(self.touchpoint, self._touchpoints)
            raise TrafficOptionError(f'there is no touchpoint "{self.touchpoint}"{hint}')
        for target in self.renames.values():
            if not self.means_something(target):
                raise TrafficOptionError(f'no touchpoint declares the param "{target}"{_near(target, self.params)}')


def is_param(name: str) -> bool:
    """Tell whether a column can be but a param, by its name."""
    return name not in COLUMNS and not is_about(name)


def check_zone(timezone: object) -> None:
    """See that a row's zone is one.

    Raises:
        RowError: it is none.
    """
    if find_zone(timezone) is None:
        name = timezone if isinstance(timezone, str) and _ZONE.fullmatch(timezone) else ""
        named = f"`timezone` is `{name}`, which is no time zone" if name else "`timezone` is no time zone"
        raise RowError(f"{named}: {suggest_timezone(name)}")


def _no_offers(wanted: object, channels: Mapping[str, None]) -> str:
    """Say what is wrong with a row's offers; a name that may be an address is not repeated."""
    if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
        return "`offers` is a text with channels separated by spaces, or a list of them"
    apart = [name for word in wanted for name in re.split(r"[,;|/]", word) if name]
    if apart and all(name in channels for name in apart):
        return f"`offers` separates channels by spaces: write `{' '.join(apart)}`"
    (name, *_) = strange_channels(dict.fromkeys(wanted, True), channels.keys())
    if not name:
        return f"`offers` names a channel that is none of {listing(channels)}"
    return f"`offers` names `{name}`, which is no channel: {suggest(name, channels)}"


def _near(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f'; did you mean "{near}"?' if near else ""
