"""Prints what do-not-disturb says of a person: a line for each pause, cap and channel, ends on the person's clock."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from tactful_gateway.explanation.model import ExplainedCap, ExplainedChannel, ExplainedPause, ExplainedTact

MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}


def print_tact(console: Console, tact: ExplainedTact) -> None:
    """Print pauses that run, caps with their use, and when each channel opens again."""
    console.print(Text.assemble("\n", ("do-not-disturb", "bold"), (f"  at {tact.local}", "dim")))
    for pause in tact.pauses:
        console.print(_line(False, _pause(pause), f"until {pause.local}"))
    for cap in tact.caps:
        console.print(_line(not cap.reached, _cap(cap), f"opens at {cap.local}" if cap.local else ""))
    for channel in tact.channels:
        console.print(_line(channel.open, f"{channel.channel}: {say_opening(channel)}", ""))
        if channel.quiet is not None:
            end = f"until {channel.quiet.local}" if channel.quiet.local else "with no end in sight"
            console.print(f"      quiet {end}: {channel.quiet.then}", style="dim")
            for holiday in channel.quiet.holidays:
                console.print(f"      holiday {holiday}", style="dim")


def say_opening(channel: ExplainedChannel) -> str:
    """Say whether a channel is open, else when it opens and why not before."""
    if channel.open:
        return "open now"
    because = f"because {channel.because}"
    return f"opens at {channel.opens_local} {because}" if channel.opens_local else f"does not open {because}"


def _line(ok: bool, said: str, end: str) -> Text:
    mark, colour = MARKS[ok]
    line = Text.assemble("  ", (mark, colour), f" {said}")
    return line.append(f"  {end}", "dim") if end else line


def _pause(pause: ExplainedPause) -> str:
    return f"pause after {pause.after} for {pause.for_}{_among(pause)}"


def _cap(cap: ExplainedCap) -> str:
    return f"cap of {cap.at_most} per {cap.per}{_among(cap)}: {cap.used} used"


def _among(limit: ExplainedPause | ExplainedCap) -> str:
    same = f", same {limit.same} ({limit.value})" if limit.same else ""
    return same + (f", on {', '.join(limit.on)}" if limit.on else "")
