"""The page as text: what it says, that it needs nothing, and that no name becomes markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.cli.simulation.page import charts
from tactful_gateway.cli.simulation.page.markup import tag
from tactful_gateway.cli.simulation.page.markup import write as write_page
from tactful_gateway.simulator.periods import all_periods, choose_unit, period_of
from tests.gateway.simulator.conftest import Simulate
from tests.gateway.simulator.page.conftest import TRAFFIC, Write

ADDRESSES = {"src", "href", "action", "data", "poster", "srcset", "formaction", "background"}


class Reader(HTMLParser):
    """Collects a page's elements and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((name, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def rows(page: str) -> list[list[str]]:
    """Give the cells of every table row, without what stands in them beside text."""
    found = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    return [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in found]


def test_what_was_stands_before_what_is_in_every_legend_and_a_line_lies_over_the_columns(write: Write) -> None:
    page = write("--answer-rate", "40%", against=True).read_text()
    legends = re.findall(r'<ul class="legend">.*?</ul>', page, re.DOTALL)
    assert len(legends) == 3
    for legend in legends:
        assert re.findall(r"([a-z]+)</li>", legend) == ["was", "is"]
    chart = page[page.index("Asks by day: was") :]
    assert chart.index("<rect") < chart.index("<polyline")


def test_a_page_of_one_folder_has_everything(write: Write, simulate: Simulate) -> None:
    rates = ("--answer-rate", "40%", "--dismiss-rate", "20%")
    found = json.loads(simulate(TRAFFIC, "--touchpoint", "payment", "--json", *rates).stdout)
    page = write(*rates).read_text()
    for title in (
        "Asks and answers by day",
        "Reasons",
        "Rules",
        "Channels",
        "Asks a person",
        "Do-not-disturb in force",
    ):
        assert f"<h2>{title}</h2>" in page
    assert "At most 1 ask in any 7 days." in page
    assert "Of the asks shown or sent, 40% are answered and 20% dismissed (seed 0)." in page
    cells = rows(page)
    assert [f"{found['reasons']['no_rule']:,}"] == [row[1] for row in cells if row[0] == "no_rule"]
    assert [f"{found['rules']['big']:,}"] == [row[1] for row in cells if row[0].startswith("big")]
    for day, asks in found["days_asked"].items():
        assert [day, str(asks), str(found["days_answered"].get(day, 0))] in cells
    for asks, persons in found["asks_per_person"].items():
        assert [asks, str(persons)] in cells
    (items,) = (row for row in cells if row[0].startswith("order.items at payment"))
    assert items[1] == f"{found['rejected_params']['order.items']}"
    assert f"first on line {found['rejected_values'][0]['line']}: " in items[0]


def test_a_comparison_has_was_is_and_change_of_everything(write: Write) -> None:
    page = write("--answer-rate", "40%", against=True).read_text()
    (headline,) = re.findall("<h1>(.*?)</h1>", page)
    assert re.fullmatch(r"This change would have asked \d+ people instead of \d+\.", headline)
    assert "<title>This change would have asked" in page
    for title in ("Asks by day", "Answers by day", "Touchpoints that come out otherwise"):
        assert f"<h2>{title}</h2>" in page
    assert ["reason", "was", "is", "change", ""] in rows(page)
    (big,) = (row for row in rows(page) if row[0].startswith("big"))
    assert int(big[2]) - int(big[1]) == int(big[3].replace("\N{MINUS SIGN}", "-"))
    assert "<h3>was</h3><ul><li>At most 1 ask in any 7 days.</li></ul>" in page
    assert "<h3>is</h3><ul><li>At most 1 ask in any 2 days.</li></ul>" in page
    assert "no_rule \N{RIGHTWARDS ARROW} asked all on web (big)" in page


@pytest.mark.parametrize("against", [False, True])
def test_the_page_needs_nothing_and_runs_nothing(write: Write, against: bool) -> None:
    page = Reader(write(against=against).read_text())
    names = {name for name, _ in page.elements}
    assert not names & {"script", "iframe", "object", "embed", "img", "form", "input", "base", "foreignobject", "a"}
    attributes = [(key, value) for _, pairs in page.elements for key, value in pairs.items()]
    assert [value for key, value in attributes if key in ADDRESSES or ":" in key] == ["data:,"]
    assert [key for key, _ in attributes if key.startswith("on") or key == "style"] == []
    (policy,) = (pairs["content"] for name, pairs in page.elements if pairs.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


HOSTILE = "<script>alert(1)</script>\"'&amp;<img src=x onerror=alert(1)></title></style>]]>\u202e\x07"


def test_no_name_in_traffic_or_folder_becomes_markup(tmp_path: Path, simulate: Simulate, write: Write) -> None:
    plain = Reader(write(against=True).read_text())
    lines = [{"at": "2026-01-01", "person": f"{HOSTILE}{number}", "order.amount": 20} for number in range(4)]
    lines += [{"at": "2026-01-02", "person": "u", "touchpoint": HOSTILE}]
    name = "<b onload=x>&.jsonl"
    text = "\n".join(json.dumps(line) for line in lines)
    options = ("--touchpoint", "payment", "--against", str(tmp_path / "before"), "--html", str(tmp_path / "h.html"))
    done = simulate(text, *options, name=name)
    assert done.exit_code == 0, done.output
    page = Reader((tmp_path / "h.html").read_text())
    assert {element for element, _ in page.elements} <= {element for element, _ in plain.elements}
    said = "".join(page.texts)
    assert HOSTILE.replace("\x07", "\N{REPLACEMENT CHARACTER}") in said
    assert "<b onload=x>&.jsonl" in said


@given(st.text(), st.text(min_size=1))
def test_any_text_comes_out_as_it_went_in(text: str, value: str) -> None:
    written = write_page(tag("p", text, tag("b", text, title=value), text)).decode()
    page = Reader(written.partition("\n")[2])
    assert [name for name, _ in page.elements] == ["p", "b"]
    shown = re.sub("[\x00-\x08\x0b-\x1f\x7f]", "\ufffd", text)
    assert "".join(page.texts) == shown * 3
    title = page.elements[1][1]["title"]
    assert title is not None
    assert len(title) == len(value)


def test_no_traffic_at_all_is_a_page_too(write: Write) -> None:
    page = write(traffic="at,person\n").read_text()
    assert "<h1>Nobody would have been asked.</h1>" in page
    assert "0 touchpoints by 0 persons" in page


@pytest.mark.parametrize(
    ("days", "unit", "periods"),
    [
        (["2026-01-01", "2026-01-03"], "day", ["2026-01-01", "2026-01-02", "2026-01-03"]),
        (["2026-01-01", "2026-04-30"], "week", 18),
        (["2026-01-01", "2027-12-31"], "month", 24),
        (["2000-02-29", "2026-01-01"], "year", 27),
        ([], "day", []),
    ],
)
def test_long_times_are_gathered(days: list[str], unit: str, periods: Any) -> None:
    assert choose_unit(days, 92 if unit != "month" else 30) == unit
    found = all_periods(days, choose_unit(days, 92 if unit != "month" else 30))
    assert (found if isinstance(periods, list) else len(found)) == periods
    assert [period_of(day, "week") for day in days[:1]] in ([], ["2025-12-29"], ["2000-02-28"])


def test_rows_centuries_apart_stay_a_small_page(write: Write) -> None:
    page = write(traffic="at,person,order.amount\n1972-01-01,a,50\n8000-01-01,b,50\n").read_text()
    assert ["1972", "1"] in rows(page)
    assert ["8000", "1"] in rows(page)
    assert len(page) < 40_000


@pytest.mark.parametrize("number", [0, 1, 2, 3, 9, 99, 100, 101, 12345, 10**9 + 1])
def test_an_axis_ends_above_the_highest_column_at_a_round_number(number: int) -> None:
    series = [charts.Series("n", "column", "is", [number])]
    top, middle = _axis(series)
    assert number <= top <= max(2, 2 * number)
    assert top == 2 * middle


def _axis(series: list[charts.Series]) -> tuple[int, int]:
    (axis,) = charts.columns("t", ["x"], series, "h").findall(".//div[@class='y']")
    top, middle, zero = (int((span.text or "").replace(",", "")) for span in axis)
    assert zero == 0
    return top, middle
