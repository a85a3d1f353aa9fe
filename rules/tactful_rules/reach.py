"""What a call's `reach` names and is no channel: nobody is reached there, and nothing else would say so.

Where the key of an entry was meant to be its value, an address stands there: such a name is never repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import islice

MOST = 10
"""Names that are looked at: a call with more of them is told enough by these."""
_NAME = re.compile(r"[A-Za-z](?:[A-Za-z_-]|[0-9](?![0-9]{3})){0,19}")
"""Longer ones may be addresses, too: an openid of WeChat has 28 letters and digits."""


def strange_channels(reach: Mapping[str, object] | None, channels: AbstractSet[str]) -> tuple[str, ...]:
    """Give the names that are no channel's; "" stands for one that may be an address."""
    if not reach or reach.keys() <= channels:
        return ()
    strange = islice((name for name in reach if name not in channels), MOST)
    return tuple(dict.fromkeys(name if _NAME.fullmatch(name) else "" for name in strange))
