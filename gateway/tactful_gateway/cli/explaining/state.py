"""Reads what is supposed of the person and the quotas: a history file, opt-outs, how much of a quota is used."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, get_args

import msgspec
import typer
from msgspec import Struct
from msgspec.structs import replace

from tactful_gateway.cli.explaining.options import Supposed
from tactful_gateway.survey.inline_tests import build_state
from tactful_gateway.survey.moments import NO_MOMENT, Read, read_moment, read_on_clock
from tactful_rules.compiled import CompiledRuleset
from tactful_rules.model.event import Event
from tactful_rules.model.folder import InlineTest
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import EVERY_CHANNEL, NOBODY, PersonState, QuotaUse
from tactful_rules.model.policy import HistoryKind
from tactful_rules.source import suggest
from tactful_rules.tact import timezone_of

KINDS: tuple[HistoryKind, ...] = get_args(HistoryKind)
_MOST_USED = 1_000_000


class PastEvent(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a history file."""

    kind: str
    at: str
    questionnaire: str = ""
    touchpoint: str | None = None
    channel: str | None = None
    score: float | None = None


def read_now(text: str | None, event: Event, compiled: CompiledRuleset) -> Read:
    """Give the instant of the decision: that of `--at`, without an offset on the person's clock, else this one."""
    if text is None:
        return Read(time.time_ns() // 1_000_000)
    zone, source = timezone_of(event, NOBODY, compiled.zone)
    moment = read_on_clock(text, zone, f"from the {source}")
    if moment is None:
        raise typer.BadParameter(f"--at {NO_MOMENT}")
    return moment


def read_state(supposed: Supposed, compiled: CompiledRuleset, touchpoint: str, now: Instant) -> PersonState:
    """Give the person's state; where nothing is supposed nothing is known of the person."""
    state = NOBODY if supposed.history is None else _past(compiled, touchpoint, supposed.history, now)
    return replace(state, opted_out=_opted_out(compiled, supposed.opted_out))


def read_quotas(supposed: Supposed, compiled: CompiledRuleset, now: Instant) -> dict[str, QuotaUse]:
    """Give how much is used of quotas: those places were all taken just now, so that any window holds them."""
    rules = {rule.id: rule for rule in compiled.ruleset.rules}
    used: dict[str, QuotaUse] = {}
    for name, text in supposed.quotas.items():
        rule = rules.get(name)
        if rule is None:
            raise typer.BadParameter(f'--quota: no rule is called "{name}": {suggest(name, rules)}')
        if rule.quota is None:
            raise typer.BadParameter(f"--quota: the rule {name} has no quota")
        if not (text.isascii() and text.isdigit()) or int(text) > _MOST_USED:
            raise typer.BadParameter(f"--quota {name}: how many are used is a number up to {_MOST_USED:,}")
        used[name] = QuotaUse(int(text), (now,) * int(text))
    return used


def _opted_out(compiled: CompiledRuleset, words: tuple[str, ...]) -> tuple[str, ...]:
    channels = compiled.ruleset.channels
    for word in words:
        if word != "all" and word not in channels:
            hint = suggest(word, ("all", *channels))
            raise typer.BadParameter(f'--opted-out: "{word}" is no channel, nor `all`: {hint}')
    return tuple(EVERY_CHANNEL if word == "all" else word for word in words)


def _past(compiled: CompiledRuleset, touchpoint: str, path: Path, now: Instant) -> PersonState:
    entries: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            past = msgspec.json.decode(line, type=PastEvent)
        except msgspec.DecodeError as error:
            raise typer.BadParameter(f"{path}:{number}: {error}") from error
        if past.kind not in KINDS:
            raise typer.BadParameter(f'{path}:{number}: no `kind` is called "{past.kind}": {suggest(past.kind, KINDS)}')
        at = read_moment(past.at, compiled.zone)
        where = past.touchpoint or touchpoint
        if at is None:
            message = f'`at` is neither a date like 2026-11-01 nor an RFC 3339 time: "{past.at}"'
            raise typer.BadParameter(f"{path}:{number}: {message}")
        if where and where not in compiled.ruleset.touchpoints:
            hint = suggest(where, compiled.ruleset.touchpoints)
            raise typer.BadParameter(f'{path}:{number}: no touchpoint is called "{where}": {hint}')
        entry = {"kind": past.kind, "ago": now - at, "questionnaire": past.questionnaire, "touchpoint": where}
        entry |= {key: value for key in ("channel", "score") if (value := getattr(past, key)) is not None}
        entries.append(entry)
    return build_state(compiled.ruleset, InlineTest(name="", at=touchpoint, history=tuple(entries)), now)
