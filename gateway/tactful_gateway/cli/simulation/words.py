"""The words that all three forms of a simulation's report share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

SHOWN_AGAIN = "shown again"
"""An outcome beside the reasons: the reason is `asked`, but the headline counts new asks."""
_TIMES = {0: "never", 1: "once", 2: "twice"}


def outcomes(reasons: Mapping[str, int], again: int) -> Counter[str]:
    """Give the reasons with `asked` split into new asks and open invitations shown again."""
    return Counter({**reasons, "asked": reasons.get("asked", 0) - again, SHOWN_AGAIN: again}) + Counter()


def count_out(number: int, word: str) -> str:
    """Write `1 ask`, `2,000 asks`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def times(number: int) -> str:
    """Write `never`, `once`, `twice`, `3 times`."""
    return _TIMES.get(number, f"{number} times")
