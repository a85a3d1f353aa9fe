"""Which lines of a file no message may quote: those of sections in which passwords and tokens stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

_PUBLIC = "settings|journey|touchpoints|rules|questionnaires|do_not_disturb|alerts|tests"
_SECTION = re.compile(rf"""(['"]?)(?:{_PUBLIC})\1\s*:(?:\s|$)""")
"""The key of a section without secrets; written in any other way it hides its lines, which costs only quotes."""
_SECRETS = re.compile(
    r"""(?:^|[\s{,'"])(?:(?:sinks|owners)['"]?\s*:|channels['"]?\s*:\s*[{&!*])""",
    re.IGNORECASE,
)
"""A section with secrets, also inside another one by a mistake; `channels` of a rule are a list."""
_CHANNELS = re.compile(r"""\s*(['"]?)channels\1\s*:\s*(?:#.*)?$""", re.IGNORECASE)


def find_private(lines: Sequence[str]) -> tuple[bool, ...]:
    """Tell of each line whether it is private: all are that do not surely belong to a section without secrets.

    Told by how sections are indented, since it must be known of files that can't be read as well. Whatever begins a
    line without being such a section makes private what follows, up to such a section outside of all braces.
    """
    private, braces = True, 0
    found: list[bool] = []
    for row, line in enumerate(lines):
        if _says_something(line):
            if _SECTION.match(line) and braces <= 0:
                private = False
            elif not line[0].isspace():
                private = True
            if _SECRETS.search(line) or (_CHANNELS.match(line) and not _begins_list(islice(lines, row + 1, None))):
                private = True
            opened = sum(map(line.count, "{[")) - sum(map(line.count, "}]"))
            braces = max(0, braces + opened) if private else 0
        found.append(private)
    return tuple(found)


def _says_something(line: str) -> bool:
    return line.strip() != "" and not line.lstrip().startswith("#")


def _begins_list(below: Iterable[str]) -> bool:
    return next(filter(_says_something, below), "-").lstrip().startswith("-")
