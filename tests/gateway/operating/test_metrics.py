"""Metrics, the documentation and the dashboard speak of the same names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest

from tests.conftest import SURVEY, RunningGateway

ROOT = Path(__file__).parents[3]
DASHBOARD = ROOT / "deploy" / "grafana.json"
NAMED = re.compile(r"`(tactful_[a-z_]+)`")
IN_A_QUERY = re.compile(r"\btactful_[a-z_]+")
NO_METRICS = {"tactful_gateway", "tactful_events", "tactful_rules"}
"""What is called like one in the documentation and is a package or a table."""
OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
SINK = """
sinks: {file: {kind: jsonl, path: "${EVENTS}"}}
"""


@pytest.fixture
def exported(running_gateway: Callable[..., RunningGateway], tmp_path: Path) -> dict[str, str]:
    """Give the type of each metric that a gateway exports."""
    gateway = running_gateway(SURVEY + SINK, db="memory:", environ={"EVENTS": str(tmp_path / "events.jsonl")})
    gateway.run(gateway.gateway.live.reload())
    lines = httpx.get(f"{gateway.url}/metrics").text.splitlines()
    return {name: kind for _, _, name, kind in (line.split() for line in lines if line.startswith("# TYPE"))}


def test_every_metric_is_documented_and_none_is_made_up(exported: dict[str, str]) -> None:
    pages = "\n".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))
    named = set(NAMED.findall(pages)) - NO_METRICS
    assert sorted(exported.keys() - named) == []
    assert sorted(named - exported.keys()) == []


def test_the_list_of_metrics_is_whole(exported: dict[str, str]) -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## Watching it")[2]
    assert sorted(exported.keys() - set(NAMED.findall(page))) == []


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return found


def test_the_dashboard_asks_for_nothing_that_is_not_exported(exported: dict[str, str]) -> None:
    series = set(exported)
    for name, kind in exported.items():
        if kind == "histogram":
            series.remove(name)
            series |= {name + end for end in OF_A_HISTOGRAM}
    asked = {name for panel in panels() for target in panel.get("targets", ()) for name in queried(target)}
    assert sorted(asked - series) == []
    assert set(IN_A_QUERY.findall(DASHBOARD.read_text("utf-8"))) <= series, "its variables ask for metrics, too"


def queried(target: dict[str, str]) -> list[str]:
    return IN_A_QUERY.findall(target["expr"])


def test_every_query_of_the_dashboard_is_promql() -> None:
    queries = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    assert queries
    for query in queries:
        promql_parser.parse(query.replace("$__rate_interval", "5m"))  # as Grafana fills it in; it raises what is wrong


def test_counters_are_asked_for_as_rates(exported: dict[str, str]) -> None:
    for panel in panels():
        for target in panel.get("targets", ()):
            for name in queried(target):
                if exported.get(name) == "counter":
                    assert re.search(rf"(rate|increase)\({name}", target["expr"]), target["expr"]


def test_the_dashboards_panels_are_whole() -> None:
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids))
    titles = {panel["title"] for panel in panels()}
    assert {"Decisions by reason", "Commit latency", "Queue", "Lag", "Dead letters", "Messages by result"} <= titles
    taken = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, f"{panel['title']} covers another panel"
        taken |= cells
