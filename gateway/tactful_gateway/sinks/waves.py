"""Splits a batch for destinations that acknowledge each event by itself, so that each person's order holds.

Were two of one person under way, the first refused and the second taken, trying again would turn them round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tactful_gateway.sinks.base import Delivery


def waves(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Split deliveries so that no person has two in one part and each person's order is that of the parts."""
    seen: defaultdict[str, int] = defaultdict(int)
    parts: list[list[Delivery]] = []
    for delivery in deliveries:
        place = seen[delivery.subject]
        seen[delivery.subject] += 1
        if place == len(parts):
            parts.append([])
        parts[place].append(delivery)
    return parts
