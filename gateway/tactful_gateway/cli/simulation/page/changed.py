"""The touchpoints that came out otherwise: what turned into what, how often, and a few of each to look at."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from tactful_gateway.cli.simulation.page.charts import bar
from tactful_gateway.cli.simulation.page.markup import tag
from tactful_gateway.cli.simulation.page.sections import section
from tactful_gateway.cli.simulation.page.tables import MOST_ROWS, more
from tactful_gateway.cli.simulation.words import describe_told
from tactful_gateway.simulator.comparison import Comparison
from tactful_gateway.simulator.effects import Changed, Example
from tactful_rules.model.ids import rfc3339


def changed(comparison: Comparison) -> Element:
    """Show every kind of change, the most frequent first."""
    kinds = comparison.changed
    note = f"{comparison.touchpoints_changed:,} of {comparison.now.touchpoints:,}."
    if not kinds:
        return section("Touchpoints that come out otherwise", note="None.", wide=True)
    heads = [tag("th", head, scope="col") for head in ("was", "is")]
    heads += [tag("th", "touchpoints", scope="col", class_="n"), tag("td")]
    rows = [_row(kind, kinds[0].touchpoints) for kind in kinds[:MOST_ROWS]]
    table = tag("table", tag("thead", tag("tr", heads)), tag("tbody", rows))
    shown = tag("div", table, more(len(kinds)), class_="scroll")
    return section("Touchpoints that come out otherwise", shown, note=note, wide=True)


def _row(kind: Changed, most: int) -> Element:
    return tag(
        "tr",
        tag("td", str(kind.was)),
        tag("td", str(kind.now), _examples(kind.examples)),
        tag("td", f"{kind.touchpoints:,}", class_="n"),
        tag("td", bar([("is", kind.touchpoints / most)]), class_="bar from"),
    )


def _examples(examples: Sequence[Example]) -> Element:
    listed = [
        tag(
            "li",
            tag("bdi", example.person),
            " at ",
            tag("bdi", example.touchpoint),
            f", {rfc3339(example.at)}: {describe_told(example.was)} \N{RIGHTWARDS ARROW} {describe_told(example.now)}",
        )
        for example in examples
    ]
    return tag("details", tag("summary", "Examples"), tag("ul", listed))
