"""The entries of do-not-disturb in words, each its own: a report names what each of them stopped."""

from __future__ import annotations

from collections import Counter

from tactful_rules.model.policy import Cap, DoNotDisturb, Holidays, Pause, QuietHours
from tactful_rules.trace import describe_limit


def name_limits(policy: DoNotDisturb) -> dict[str, str]:
    """Give what each entry says by its place, such as `pauses[0]`; two that say the same are told apart by that."""
    words = {place: _words(entry) for place, entry in policy.entries()}
    times = Counter(words.values())
    return {place: said if times[said] == 1 else f"{said} ({place})" for place, said in words.items()}


def _words(entry: Pause | Cap | QuietHours | Holidays) -> str:
    said = describe_limit(entry)
    if isinstance(entry, Pause | Cap):
        return said
    if isinstance(entry, Holidays) and entry.dates:
        said += f"{' and' if entry.calendar else ''} on {', '.join(entry.dates)}"
    said += f", on {', '.join(entry.on)}" if entry.on else ""
    return f"{said}, {entry.then}"
