"""Reads a survey folder with all that the gateway knows: RE2, holiday calendars, what sinks and channels take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import re2

from tactful_gateway.channels.registry import check_options as check_channel
from tactful_gateway.sinks.registry import check_options as check_sink
from tactful_gateway.survey.holidays import check_calendar
from tactful_rules.model.folder import Loaded
from tactful_rules.model.ids import Instant
from tactful_rules.source import load, load_texts

PATTERN_MAX_LENGTH = 1_000
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


def read_survey(folder: Path, *, now: Instant | None = None) -> Loaded:
    """Read a survey folder; problems are given, never raised. With `now`, rules that are over get a warning."""
    return load(
        folder,
        check_sink=check_sink,
        check_channel=check_channel,
        check_regex=check_regex,
        check_calendar=check_calendar,
        now=now,
    )


def read_texts(files: Mapping[str, str], *, now: Instant | None = None) -> Loaded:
    """Read a survey folder that is given as texts by path, as `read_survey` reads one on the disk."""
    return load_texts(
        files,
        check_sink=check_sink,
        check_channel=check_channel,
        check_regex=check_regex,
        check_calendar=check_calendar,
        now=now,
    )


def check_regex(pattern: str) -> str | None:
    """Say why RE2 does not take a pattern, or None."""
    if len(pattern) > PATTERN_MAX_LENGTH:
        return f"the pattern is longer than {PATTERN_MAX_LENGTH} characters"
    try:
        re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return None
