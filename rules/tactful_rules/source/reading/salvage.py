"""What of a file can be read beside a mistake in its YAML; lines are only blanked, so that all else keeps its place."""

from __future__ import annotations

import re

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TAMED = re.compile("\\$\uf8f0([A-Za-z_][A-Za-z0-9_]*)\uf8f1")
"""A variable whose braces are letters of the private use area meanwhile."""
_BREAK = re.compile("(\r\n|[\n\r\x85\u2028\u2029])")
_ENTRY = re.compile(r"( *)[^\s#]")


def tame_variables(text: str, line: int) -> str:
    """Give the text with each `${NAME}` of a line written so that its braces end nothing, and as long as before."""
    parts = _BREAK.split(text)
    parts[2 * line - 2] = _VARIABLE.sub("$\uf8f0\\1\uf8f1", parts[2 * line - 2])
    return "".join(parts)


def restore_variables(text: str) -> str:
    """Undo `tame_variables`."""
    return _TAMED.sub(r"${\1}", text) if "\uf8f0" in text else text


def cut_entry(text: str, line: int) -> tuple[str, str] | None:
    """Blank the entry of a section around a line, else the whole section; gives (what is left, what was cut).

    `line` counts from 1. None when there is nothing left to blank there.
    """
    parts = _BREAK.split(text)
    lines, breaks = parts[::2], [*parts[1::2], ""]
    at = min(line, len(lines)) - 1
    while at > 0 and _ENTRY.match(lines[at]) is None:  # a mistake is often noticed only behind it
        at -= 1
    first = _above(lines, at, 0)
    last = _below(lines, first, 0)
    inner = next((_indent(lines[row]) for row in range(first + 1, last) if _ENTRY.match(lines[row])), 0)
    if inner > 0 and at > first:
        first = max(first + 1, _above(lines, at, inner))
        last = _below(lines, first, inner)
    cut = lines[first:last]
    if not any(part.strip() for part in cut):
        return None
    lines[first:last] = [""] * len(cut)
    return "".join(line + end for line, end in zip(lines, breaks, strict=True)), "\n".join(cut)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _above(lines: list[str], row: int, indent: int) -> int:
    """Give the nearest row at or above `row` that begins at `indent` or left of it."""
    while row > 0 and not (_ENTRY.match(lines[row]) and _indent(lines[row]) <= indent):
        row -= 1
    return row


def _below(lines: list[str], row: int, indent: int) -> int:
    """Give the first row below `row` that begins at `indent` or left of it."""
    row += 1
    while row < len(lines) and not (_ENTRY.match(lines[row]) and _indent(lines[row]) <= indent):
        row += 1
    return row
