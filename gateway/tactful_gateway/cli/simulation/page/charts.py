"""Charts as SVG without any text in them: shapes stretch with the page, letters would be squeezed.

What an axis says stands beside as HTML, and the numbers are a table: bars stand in theirs, that of columns is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from xml.etree.ElementTree import Element

from msgspec import Struct

from tactful_gateway.cli.simulation.page.markup import tag

Shape = Literal["column", "inner", "left", "right", "line"]
_PLACES: dict[Shape, tuple[float, float]] = {
    "column": (1.0, 8.0),
    "inner": (3.0, 4.0),
    "left": (1.0, 3.75),
    "right": (5.25, 3.75),
}
"""Where a column begins in its tenth of the axis, and how wide it is."""
_HEIGHT = 100.0
_WIDTH = 10.0
_MOST_LABELS = 8
_FEW_LABELS = 4
_ROUND = (2, 4, 6, 8, 10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)


class Series(Struct, frozen=True):
    """One row of numbers: what it is called, how it is drawn, and in which colour (a class of the style sheet)."""

    name: str
    shape: Shape
    colour: str
    values: Sequence[int]


def columns(title: str, labels: Sequence[str], series: Sequence[Series], head: str) -> Element:
    """Draw numbers over an axis, a legend where there are several, and the table behind; lines lie over columns."""
    top = _round_up(max((max(one.values, default=0) for one in series), default=0))
    said = f"{title}: " + "; ".join(f"{one.name} {sum(one.values):,} in all" for one in series)
    picture = tag(
        "svg",
        tag("title", said),
        [tag("line", class_="grid", x1=0, x2=len(labels) * _WIDTH, y1=y, y2=y) for y in (0.5, 50, 99.5)],
        [_shapes(one, labels, top) for one in sorted(series, key=lambda one: one.shape == "line")],
        role="img",
        viewBox=f"0 0 {len(labels) * _WIDTH:g} {_HEIGHT:g}",
        preserveAspectRatio="none",
    )
    y_axis = tag("div", [tag("span", f"{top * part // 2:,}") for part in (2, 1, 0)], class_="y", aria_hidden="true")
    plot = tag("div", y_axis, picture, _x_axis(labels), class_="plot")
    return tag("figure", _legend(series) if len(series) > 1 else None, plot, _table_behind(labels, series, head))


def bar(shares: Sequence[tuple[str, float]]) -> Element:
    """Draw one or two bars over each other, each a class and a share of the whole width (0 to 1)."""
    thick = 10 / len(shares)
    rows = [
        tag("rect", class_=colour, x=0, y=place * thick, width=max(share, 0) * 100, height=thick - 1)
        for place, (colour, share) in enumerate(shares)
    ]
    return tag("svg", rows, viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")


def _shapes(series: Series, labels: Sequence[str], top: int) -> list[Element]:
    heights = [_HEIGHT * value / top if top else 0.0 for value in series.values]
    if series.shape == "line":
        points = [f"{(place + 0.5) * _WIDTH:g},{_HEIGHT - height:g}" for place, height in enumerate(heights)]
        if len(points) == 1:  # a single point has no length, so it is drawn across its column
            points = [f"1,{_HEIGHT - heights[0]:g}", f"{_WIDTH - 1:g},{_HEIGHT - heights[0]:g}"]
        return [tag("polyline", class_="line", points=" ".join(points))]
    start, width = _PLACES[series.shape]
    return [
        tag(
            "rect",
            tag("title", f"{label}: {series.name} {value:,}"),
            class_=series.colour,
            x=place * _WIDTH + start,
            y=_HEIGHT - height,
            width=width,
            height=height,
        )
        for place, (label, value, height) in enumerate(zip(labels, series.values, heights, strict=True))
        if value
    ]


def _legend(series: Sequence[Series]) -> Element:
    return tag("ul", [tag("li", _swatch(one), one.name) for one in series], class_="legend")


def _swatch(series: Series) -> Element:
    if series.shape == "line":
        shape = tag("polyline", class_="line", points="0,5 14,5")
    else:
        shape = tag("rect", class_=series.colour, width=14, height=10)
    return tag("svg", shape, viewBox="0 0 14 10", aria_hidden="true")


def _table_behind(labels: Sequence[str], series: Sequence[Series], head: str) -> Element:
    rows = [
        tag("tr", tag("th", label, scope="row"), [tag("td", f"{one.values[place]:,}", class_="n") for one in series])
        for place, label in enumerate(labels)
    ]
    heads = tag("tr", tag("th", head, scope="col"), [tag("th", one.name, scope="col", class_="n") for one in series])
    table = tag("table", tag("thead", heads), tag("tbody", rows))
    return tag("details", tag("summary", "The numbers"), tag("div", table, class_="rows", tabindex=0))


def _x_axis(labels: Sequence[str]) -> Element:
    """Label every column where there is room, else a few spread evenly, the first and the last among them."""
    if len(labels) <= _MOST_LABELS:
        return tag("div", [tag("span", label) for label in labels], class_="x all", aria_hidden="true")
    last = len(labels) - 1
    few = [labels[round(place * last / (_FEW_LABELS - 1))] for place in range(_FEW_LABELS)]
    return tag("div", [tag("span", label) for label in few], class_="x", aria_hidden="true")


def _round_up(number: int) -> int:
    """Give a round, even number that is not smaller, so that the middle of an axis is a whole number, too."""
    size = 1
    while number > 100 * size:
        size *= 10
    return next(step * size for step in _ROUND if step * size >= number)
