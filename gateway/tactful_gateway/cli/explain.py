"""`tactful explain`: decides one event and shows every rule, step and attribute that led there; nothing is stored."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import re2
import typer
from msgspec import Struct

from tactful_gateway.cli.output.explanation import Explained, document, explain_decision, print_explanation
from tactful_gateway.cli.output.problems import make_console, open_folder
from tactful_gateway.http.reading.params import meets_schema
from tactful_gateway.simulator.traffic.cells import UNREADABLE, cell_reader
from tactful_gateway.simulator.traffic.moments import read_moment
from tactful_gateway.survey.inline_tests import build_state
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.event import Device, Event, Page
from tactful_rules.model.folder import InlineTest
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import NOBODY, PersonState
from tactful_rules.model.policy import HistoryKind
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import read_params, read_traits
from tactful_rules.source import did_you_mean, listing, suggest

_UNDECLARED = Touchpoint(id="")


class PastEvent(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a history file."""

    kind: HistoryKind
    at: str
    questionnaire: str = ""
    touchpoint: str | None = None
    channel: str | None = None
    score: float | None = None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The survey folder.")],
    touchpoint: Annotated[str, typer.Option(help="The touchpoint.")],
    person: Annotated[str, typer.Option(help="An id, or JSON with an id and traits.")] = "somebody",
    param: Annotated[list[str] | None, typer.Option(metavar="PATH=VALUE", help="A param; may be repeated.")] = None,
    at: Annotated[str | None, typer.Option(help="When: a date or RFC 3339; default now.")] = None,
    reach: Annotated[list[str] | None, typer.Option(metavar="CHANNEL[=ADDRESS]", help="A channel offered.")] = None,
    device: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="e.g. type=phone")] = None,
    page: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="e.g. path=/menu")] = None,
    timezone: Annotated[str | None, typer.Option(help="The event's time zone.")] = None,
    history: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What happened to the person, a JSON object a line.", exists=True),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Show how the rules decide one event: every rule, every step, every attribute with its value and verdict.

    Reads no gateway: no history but that of --history, no open invitation, no opt-out, no used quota.

    For what a gateway knows of a person, ask it with ?trace=1.

    A line of a history file:
    {"kind": "asked", "at": "2026-11-01", "questionnaire": "payment-csat"}

    `kind` is asked, answered or dismissed; `at` is a date or an RFC 3339 time;
    `touchpoint`, `channel` and `score` may follow.
    """
    compiled = CompiledRuleset(open_folder(folder).ruleset, regex=re2.compile)
    ruleset = compiled.ruleset
    _hint_at_touchpoint(ruleset, touchpoint)
    now = _instant(at, compiled)
    event = _event(ruleset, touchpoint, _person(person), _pairs("--param", param))
    event = msgspec.structs.replace(
        event,
        reach=_reach(ruleset, reach),
        device=_struct(Device, "--device", device),
        page=_struct(Page, "--page", page),
        timezone=timezone,
    )
    state = NOBODY if history is None else _state(compiled, touchpoint, history, now)
    explained = explain_decision(compiled, event, state, now)
    _print(explained, as_json=as_json)


def _hint_at_touchpoint(ruleset: Ruleset, touchpoint: str) -> None:
    """Say on stderr that the touchpoint may be misspelt; the decision stays what a gateway would answer."""
    if touchpoint not in ruleset.touchpoints:
        hint = suggest(touchpoint, ruleset.touchpoints)
        make_console(stderr=True).print(f"no touchpoint is called `{touchpoint}`: {hint}", style="yellow")


def _print(explained: Explained, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(document(explained), ensure_ascii=False, indent=2))
    else:
        print_explanation(make_console(), explained)


def _instant(text: str | None, compiled: CompiledRuleset) -> Instant:
    if text is None:
        return time.time_ns() // 1_000_000
    moment = read_moment(text, compiled.zone)
    if moment is None:
        raise typer.BadParameter("--at is neither a date nor an RFC 3339 time")
    return moment


def _person(text: str) -> dict[str, Any]:
    if not text.lstrip().startswith("{"):
        return {"id": text}
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise typer.BadParameter(f"--person is no JSON: {error}") from error
    if not isinstance(found.get("id"), str):
        raise typer.BadParameter('--person needs an id: {"id": "u1", ...}')
    return found


def _event(ruleset: Ruleset, touchpoint: str, person: dict[str, Any], texts: dict[str, str]) -> Event:
    declared = ruleset.touchpoints.get(touchpoint, _UNDECLARED)
    strange = sorted(texts.keys() - declared.params.keys())
    if strange and touchpoint in ruleset.touchpoints:
        hint = did_you_mean(strange[0], declared.params) or f"it declares {listing(declared.params) or 'none'}"
        raise typer.BadParameter(f"{touchpoint} declares no param {', '.join(strange)}; {hint}")
    read = {path: cell_reader(declared.params[path])(text) for path, text in texts.items() if path in declared.params}
    unreadable = tuple(path for path, value in read.items() if value is UNREADABLE)
    params, rejected = read_params(
        declared, {path: value for path, value in read.items() if path not in unreadable}, meets_schema
    )
    return Event(
        touchpoint=touchpoint,
        person=person["id"],
        event_id="explain",
        params=params,
        rejected_params=(*unreadable, *rejected),
        traits=read_traits(person),
    )


def _reach(ruleset: Ruleset, words: list[str] | None) -> dict[str, bool | str] | None:
    if not words:
        return None
    reach: dict[str, bool | str] = {}
    for word in words:
        channel, equals, address = word.partition("=")
        if channel not in ruleset.channels:
            raise typer.BadParameter(f'--reach: "{channel}" is none of {", ".join(ruleset.channels)}')
        reach[channel] = address if equals else True
    return reach


def _pairs(option: str, words: list[str] | None) -> dict[str, str]:
    pairs = [word.partition("=") for word in words or []]
    if not all(key and equals for key, equals, _ in pairs):
        raise typer.BadParameter(f"{option} is KEY=VALUE")
    return {key: value for key, _, value in pairs}


def _struct(kind: Any, option: str, words: list[str] | None) -> Any:
    pairs = _pairs(option, words)
    strange = sorted(pairs.keys() - set(kind.__struct_fields__))
    if strange:
        raise typer.BadParameter(f"{option}: {strange[0]} is none of {', '.join(kind.__struct_fields__)}")
    return kind(**pairs)


def _state(compiled: CompiledRuleset, touchpoint: str, path: Path, now: Instant) -> PersonState:
    entries: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            past = msgspec.json.decode(line, type=PastEvent)
        except msgspec.DecodeError as error:
            raise typer.BadParameter(f"{path}:{number}: {error}") from error
        at = read_moment(past.at, compiled.zone)
        where = past.touchpoint or touchpoint
        if at is None:
            message = f'`at` is neither a date like 2026-11-01 nor an RFC 3339 time: "{past.at}"'
            raise typer.BadParameter(f"{path}:{number}: {message}")
        if where not in compiled.ruleset.touchpoints:
            hint = suggest(where, compiled.ruleset.touchpoints)
            raise typer.BadParameter(f'{path}:{number}: no touchpoint is called "{where}": {hint}')
        entry = {"kind": past.kind, "ago": now - at, "questionnaire": past.questionnaire, "touchpoint": where}
        entry |= {key: value for key in ("channel", "score") if (value := getattr(past, key)) is not None}
        entries.append(entry)
    return build_state(compiled.ruleset, InlineTest(name="", at=touchpoint, history=tuple(entries)), now)
