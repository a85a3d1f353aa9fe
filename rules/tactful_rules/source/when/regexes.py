"""Judges regular expressions without RE2: what Python takes and RE2 could not run in linear time is refused."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import TypeAlias

RegexCheck: TypeAlias = Callable[[str], str | None]
"""Says what is wrong with a pattern, or None; the gateway brings one that asks RE2 itself."""

MAX_LENGTH = 1_000
_BACKTRACKING = (
    (re.compile(r"\(\?<?[=!]"), "looking ahead or behind"),
    (re.compile(r"\\[1-9]|\(\?P=|\\g<"), "a reference to an earlier group"),
    (re.compile(r"\(\?>|[*+?}]\+"), "an atomic group or possessive repeat"),
    (re.compile(r"\(\?\("), "a conditional group"),
)
_ONLY_RE2 = re.compile(r"\\[pPzQECa]|\[\[:|\(\?[a-zA-Z]*[sU]|\(\?<[A-Za-z]")


def check_without_re2(pattern: str) -> str | None:
    """Say what is wrong with a pattern as far as Python can tell, or None."""
    if len(pattern) > MAX_LENGTH:
        return f"the pattern is longer than {MAX_LENGTH} characters"
    bare = re.sub(r"\\\\|\\[^1-9g]", "", re.sub(r"\[\^?\]?[^\]]*\]", "x", pattern))
    for construct, name in _BACKTRACKING:
        if construct.search(bare):
            return f"{name} can't be matched in linear time"
    if _ONLY_RE2.search(pattern):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"not a regular expression: {error}"
    return None
