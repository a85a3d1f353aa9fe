"""Tables with a bar in every row: the number and its picture side by side, before and after where there are both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from xml.etree.ElementTree import Element

from tactful_gateway.cli.simulation.page.charts import bar
from tactful_gateway.cli.simulation.page.markup import Content, tag
from tactful_gateway.simulator.comparison import Delta

MOST_ROWS = 50
Numbers: TypeAlias = Mapping[str, int] | Mapping[str, Delta]
"""Counts by name, or pairs of counts: how many there were, and how many there are."""


def bar_table(head: str, numbers: Numbers, counted: str, notes: Mapping[str, Content] | None = None) -> Element:
    """Give one row a name, the largest bar filling its cell; `notes` are put under names, `counted` names the count."""
    rows = [(name, number if isinstance(number, Delta) else Delta(number, number)) for name, number in numbers.items()]
    paired = any(isinstance(number, Delta) for number in numbers.values())
    most = max((max(delta.was, delta.now) for _, delta in rows), default=0) or 1
    heads = ["was", "is", "change"] if paired else [counted]
    return tag(
        "div",
        tag(
            "table",
            tag("thead", tag("tr", _heads(head, heads), tag("td"))),
            tag(
                "tbody", [_row(name, delta, most, paired, (notes or {}).get(name)) for name, delta in rows[:MOST_ROWS]]
            ),
        ),
        more(len(rows)),
        class_="scroll",
    )


def more(rows: int) -> Element | None:
    """Say how many rows are left out, where some are."""
    return tag("p", f"{rows - MOST_ROWS:,} more; --json has each.", class_="note") if rows > MOST_ROWS else None


def change_of(delta: Delta) -> str:
    """Write by how much a number changed, with its sign."""
    return f"{delta.change:+,}".replace("-", "\N{MINUS SIGN}") if delta.change else "\N{EN DASH}"


def _heads(head: str, numbers: Sequence[str]) -> list[Element]:
    return [tag("th", head, scope="col"), *(tag("th", name, scope="col", class_="n") for name in numbers)]


def _row(name: str, delta: Delta, most: int, paired: bool, note: Content) -> Element:
    cells = [f"{delta.was:,}", f"{delta.now:,}", change_of(delta)] if paired else [f"{delta.now:,}"]
    bars = [("was", delta.was / most), ("is", delta.now / most)] if paired else [("is", delta.now / most)]
    return tag(
        "tr",
        tag("th", name, note, scope="row"),
        [tag("td", cell, class_="n") for cell in cells],
        tag("td", bar(bars), class_="bar"),
        class_="same" if paired and not delta.change else None,
    )
