"""Which lines of a file no message may quote: those of sections in which passwords and tokens stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PUBLIC = frozenset(
    {"settings", "journey", "touchpoints", "rules", "questionnaires", "do_not_disturb", "alerts", "tests"}
)
_SECTION = re.compile(r"([^\s#:\"'{\[-][^:]*?)\s*:(?:\s|$)")


def find_private(lines: Sequence[str]) -> tuple[bool, ...]:
    """Tell of each line whether it is private: all are that do not surely belong to a section without secrets.

    Told by how sections are indented, since it must be known of files that can't be read as well.
    """
    private = True
    found: list[bool] = []
    for line in lines:
        section = _SECTION.match(line)
        if section is not None:
            private = section[1] not in _PUBLIC
        elif line[:1] in ("{", "["):
            private = True
        found.append(private)
    return tuple(found)
