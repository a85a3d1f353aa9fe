"""`tactful explain`: what do-not-disturb says of a person, how an event would be decided and why; nothing is stored."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tactful_gateway.cli.explaining.event import build_event
from tactful_gateway.cli.explaining.options import (
    Asked,
    Supposed,
    read_pairs,
    read_person,
    read_reach,
    read_struct,
)
from tactful_gateway.cli.explaining.printing import print_explanation
from tactful_gateway.cli.explaining.remote import ask_gateway
from tactful_gateway.cli.explaining.state import read_now, read_quotas, read_state
from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import open_folder
from tactful_gateway.cli.remote.client import Remote, RemoteError
from tactful_gateway.cli.remote.options import GATEWAY, KeyOption, read_key
from tactful_gateway.explanation import Explanation, build_explanation, find_causes, find_hints
from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.survey import compile_ruleset
from tactful_rules.model.event import Device, Page


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="The survey folder.")] = None,
    touchpoint: Annotated[str, typer.Option(help="The touchpoint; without one only the person's tact is shown.")] = "",
    person: Annotated[str, typer.Option(help="An id, or JSON with an id and traits.")] = "somebody",
    param: Annotated[list[str] | None, typer.Option(metavar="PATH=VALUE", help="A param; may be repeated.")] = None,
    reach: Annotated[list[str] | None, typer.Option(metavar="CHANNEL[=ADDRESS]", help="A channel offered.")] = None,
    device: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="e.g. type=phone")] = None,
    page: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="e.g. path=/menu")] = None,
    timezone: Annotated[str | None, typer.Option(help="The event's time zone.")] = None,
    at: Annotated[str | None, typer.Option(help="When, on the person's clock: a date or RFC 3339.")] = None,
    history: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What happened to the person, a JSON object a line.", exists=True),
    ] = None,
    opted_out: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL|all", help="What the person opted out of; repeatable.")
    ] = None,
    quota: Annotated[
        list[str] | None, typer.Option(metavar="RULE=USED", help="How much of a quota is used; repeatable.")
    ] = None,
    gateway: Annotated[
        str | None,
        typer.Option(metavar="URL", help=f"Ask this gateway, which knows the person ({GATEWAY})."),
    ] = None,
    key: KeyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Show what do-not-disturb says of a person, when each channel opens again, and how an event would be decided.

    With --touchpoint: every rule, every step, every attribute with its value and verdict. With DIR by the rules of that
    folder: nothing is known then but what --history, --opted-out and --quota say. With --gateway by a running
    gateway's, with all that it knows of the person. Nothing is decided, kept or counted.

    A line of a history file:

    {"kind": "asked", "at": "2026-11-01", "questionnaire": "payment-csat"}

    `kind` is asked, answered or dismissed; `at` is a date or an RFC 3339 time; `touchpoint`, `channel` and `score` may
    follow.
    """
    asked = Asked(
        touchpoint=touchpoint,
        person=read_person(person),
        params=read_pairs("--param", param),
        reach=read_reach(reach),
        device=read_struct(Device, "--device", device),
        page=read_struct(Page, "--page", page),
        timezone=timezone,
        at=at,
    )
    supposed = Supposed(history=history, opted_out=tuple(opted_out or ()), quotas=read_pairs("--quota", quota))
    if folder is None and gateway is None:
        gateway = os.environ.get(GATEWAY)  # beside a folder it means nothing: it is there for the other commands
    if folder is not None and gateway is None:
        _print(_by_folder(folder, asked, supposed), as_json=as_json)
    elif gateway and folder is None:
        _print(_by_gateway(gateway, key, asked, supposed), as_json=as_json)
    else:
        raise typer.BadParameter(f"name a survey folder, or a gateway with --gateway URL or {GATEWAY}; one of the two")


def _by_folder(folder: Path, asked: Asked, supposed: Supposed) -> Explanation:
    compiled = compile_ruleset(open_folder(folder).ruleset)
    event = build_event(compiled.ruleset, asked)
    now, guessed = read_now(asked.at, event, compiled)
    state = read_state(supposed, compiled, asked.touchpoint, now)
    # Params are known to be declared: the touchpoint and the time zone may be misspelt, and count as at a gateway.
    hints = find_hints(compiled.ruleset, asked.touchpoint, {}, asked.timezone) + guessed
    hints += find_causes(compiled.ruleset, asked.touchpoint, asked.params, event.rejected_params, schema_check)
    return build_explanation(compiled, event, state, read_quotas(supposed, compiled, now), now, hints=hints)


def _by_gateway(url: str, key: str | None, asked: Asked, supposed: Supposed) -> Explanation:
    if supposed:
        raise typer.BadParameter("--history, --opted-out and --quota are for a folder: a gateway knows them")
    try:
        return ask_gateway(Remote(url, read_key(key)), asked)
    except RemoteError as error:
        make_console(stderr=True).print(str(error), style="bold red")
        raise typer.Exit(1) from error


def _print(explained: Explanation, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.json.decode(msgspec.json.encode(explained)))
    else:
        print_explanation(make_console(), explained)
