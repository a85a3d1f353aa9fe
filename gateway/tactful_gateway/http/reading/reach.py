"""Tells of channels in `reach` that there are not: in the log once for each name, and in the trace of who wants one."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from tactful_gateway.explanation.hints import no_channel
from tactful_rules.model.decision import Step
from tactful_rules.model.ruleset import Ruleset

MOST = 100
"""Names that are said in a process: they are the callers' own, and may be new ones each time."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class StrangeChannels:
    """Remembers what was said."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def note(self, strange: Iterable[str], touchpoint: str, ruleset: Ruleset) -> None:
        """Warn of names that are no channel's, as `strange_channels` gives them."""
        for name in strange:
            if name not in self._said and len(self._said) < MOST:
                self._said.add(name)
                log.warning("no_such_channel", touchpoint=touchpoint, remedy=no_channel(name, ruleset))


def trace_of(strange: Iterable[str], ruleset: Ruleset) -> tuple[Step, ...]:
    """Give a step for each such name, to stand before those of the decision."""
    return tuple(Step("reach", False, detail=no_channel(name, ruleset)) for name in strange)
