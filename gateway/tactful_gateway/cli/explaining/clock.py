"""Shows instants as the person's clock does, with its offset: nobody wants to convert UTC to see when a pause ends."""

from __future__ import annotations

import re
from datetime import datetime

from tactful_gateway.explanation.times import write_local
from tactful_rules.model.ids import to_instant
from tactful_rules.tact import find_zone

_UTC = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


def on_clock(text: str, timezone: str) -> str:
    """Write every instant in a text of an explanation on the clock of a time zone; none for a zone not known here."""
    zone = find_zone(timezone)
    if zone is None:
        return text
    return _UTC.sub(lambda found: write_local(to_instant(datetime.fromisoformat(found[0])), zone), text)
