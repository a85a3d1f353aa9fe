"""Reads what is to be explained as a survey folder declares it."""

from __future__ import annotations

import typer

from tactful_gateway.cli.explaining.options import Asked
from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.simulator.traffic.cells import UNREADABLE, cell_reader
from tactful_rules.model.event import Event
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import read_params, read_traits
from tactful_rules.source import did_you_mean, listing, suggest

_UNDECLARED = Touchpoint(id="")


def build_event(ruleset: Ruleset, asked: Asked) -> Event:
    """Give the event; a param that can't be read as its type is rejected, as a gateway would.

    Raises:
        typer.BadParameter: a param or channel that is declared nowhere, or params at no touchpoint.
    """
    declared = ruleset.touchpoints.get(asked.touchpoint, _UNDECLARED)
    if asked.params and not asked.touchpoint:
        raise typer.BadParameter("--param belongs to a --touchpoint: name one")
    strange = sorted(asked.params.keys() - declared.params.keys())
    if strange and asked.touchpoint in ruleset.touchpoints:
        hint = did_you_mean(strange[0], declared.params) or f"it declares {listing(declared.params) or 'none'}"
        raise typer.BadParameter(f"{asked.touchpoint} declares no param {', '.join(strange)}; {hint}")
    for channel in asked.reach or ():
        if channel not in ruleset.channels:
            raise typer.BadParameter(f'--reach: no channel is called "{channel}": {suggest(channel, ruleset.channels)}')
    known = {path: text for path, text in asked.params.items() if path in declared.params}
    read = {path: cell_reader(declared.params[path])(text) for path, text in known.items()}
    unreadable = tuple(path for path, value in read.items() if value is UNREADABLE)
    params, rejected = read_params(
        declared, {path: value for path, value in read.items() if path not in unreadable}, schema_check
    )
    return Event(
        touchpoint=asked.touchpoint,
        person=asked.person["id"],
        event_id="explain",
        params=params,
        rejected_params=(*unreadable, *rejected),
        traits=read_traits(asked.person),
        reach=asked.reach,
        device=asked.device,
        page=asked.page,
        timezone=asked.timezone,
    )
