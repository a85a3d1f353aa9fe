"""Says to people what came of publishing: what changed, what the check says, and which version is live."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from tactful_gateway.cli.output.problems import count
from tactful_gateway.http.versions import CheckReport, RulesetReceipt
from tactful_gateway.publishing.differences import Differences, Part

_MARKS = (("+", "added"), ("-", "removed"), ("~", "changed"))
_TITLES = {
    "rules": "Rules",
    "touchpoints": "Touchpoints",
    "questionnaires": "Questionnaires",
    "channels": "Channels",
    "sinks": "Sinks",
    "owners": "Owners",
    "alerts": "Alerts",
    "do_not_disturb": "Do-not-disturb",
}
SHOWN = 20
"""Lines of one section; the rest is counted."""


def print_receipt(console: Console, receipt: RulesetReceipt, url: str, *, dry_run: bool) -> None:
    """Print what changes, in a dry run also the check, and the outcome last."""
    for line in describe_changes(receipt.changes):
        console.print(line)
    if dry_run:
        _print_check(console, receipt.check)
    console.print(_outcome(receipt, url, dry_run=dry_run), style="bold green")


def describe_changes(changes: Differences) -> Iterator[str]:
    """Give a line a change, below a line a section."""
    for name, title in _TITLES.items():
        part: Part | None = getattr(changes, name)
        if part is not None:
            yield f"{title}:"
            keys = {it: f": {', '.join(names)}" for it, names in part.keys.items()}
            lines = [f"  {mark} {it}{keys.get(it, '')}" for mark, kind in _MARKS for it in getattr(part, kind)]
            yield from lines[:SHOWN]
            if len(lines) > SHOWN:
                yield f"  and {len(lines) - SHOWN} more"
            if part.reordered:
                yield "  what stayed is tried in another order"
    if changes.also:
        yield f"Also changed: {', '.join(changes.also)}"


def _print_check(console: Console, check: CheckReport) -> None:
    console.print("Do-not-disturb would be:", style="bold")
    for line in check.do_not_disturb:
        console.print(f"  {line}")
    if check.variables:
        console.print("Taken from the gateway's environment:", style="bold")
        console.print(f"  {', '.join(check.variables)}")
    counts = check.counts
    parts = [
        count(counts.touchpoints, "touchpoint"),
        count(counts.rules, "rule"),
        count(counts.questionnaires, "questionnaire"),
        count(counts.tests, "test"),
    ]
    warnings = f", {count(len(check.problems), 'warning')}" if check.problems else ""
    console.print(f"no problems{warnings} ({', '.join(parts)})")


def _outcome(receipt: RulesetReceipt, url: str, *, dry_run: bool) -> str:
    version = receipt.version
    if version is None:
        return f"A dry run, so nothing changed: there is no version yet at {url}."
    live = f"version {version.number} is live at {url}"
    if receipt.result == "unchanged":
        return f"Unchanged: {live}, with just these files."
    if dry_run:
        return f"A dry run, so nothing changed: {live}."
    again = "" if version.of is None else f" It is version {version.of} again."
    return f"Published: {live}.{again}"
