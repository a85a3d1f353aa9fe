"""Who holds a place in a quota and who counts, from the journal alone: sets of invitations, event by event.

Journal order is the order in which a rule's quota changed, also between persons and gateways: whoever changes one keeps
its row locked from before its events are numbered until they are committed. A run is shorter than the half hour after
which an undisplayed hold would lose its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

ASKS = ("invitation.displayed", "invitation.sent")
ANSWERS = ("response.updated", "response.completed")
ENDS = ("invitation.dismissed", "invitation.expired", "invitation.cancelled", "invitation.failed")


@dataclass
class Places:
    """One rule's quota: at most `limit` invitations `counted`, those that hold a place included."""

    unit: Literal["asks", "answers"]
    limit: int
    holding: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    beyond: set[str] = field(default_factory=set)

    def take_in(self, kind: str, data: dict[str, Any]) -> Iterator[str]:
        """Take in an event of the rule, and yield what is wrong with it."""
        invitation = data["invitation"]
        if kind == "invitation.created":
            if self._is_full():
                yield "made though the quota was full"
            self.holding.add(invitation)
        elif kind in (ASKS if self.unit == "asks" else ANSWERS) and invitation not in self.counted | self.beyond:
            has_place = invitation in self.holding or not self._is_full()
            (self.counted if has_place else self.beyond).add(invitation)
            self.holding.discard(invitation)
        elif kind in ENDS:
            self.holding.discard(invitation)
        if len(self.counted) > self.limit:
            yield "more than its number count"
        if data.get("beyond_quota", False) != (invitation in self.beyond):
            yield "the event and the count differ on whether it is beyond the quota"

    def _is_full(self) -> bool:
        return len(self.counted) + len(self.holding) >= self.limit
