"""Puts the page together."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from msgspec import Struct

from tactful_gateway.cli.simulation.page import sections
from tactful_gateway.cli.simulation.page.changed import changed
from tactful_gateway.cli.simulation.page.markup import Content, tag, write
from tactful_gateway.cli.simulation.page.style import CSS, POLICY
from tactful_gateway.cli.simulation.words import count_out, describe_change, describe_people
from tactful_gateway.simulator.comparison import Comparison
from tactful_gateway.simulator.people import People
from tactful_gateway.simulator.report import Report
from tactful_gateway.survey.policy import describe_policy
from tactful_rules.model.ruleset import Ruleset


class Played(Struct, frozen=True, kw_only=True):
    """What was played: names for people to read, and the rules in force; `before` and `against` in a comparison."""

    folder: str
    traffic: str
    people: People
    ruleset: Ruleset
    against: str | None = None
    before: Ruleset | None = None


def render_page(played: Played, report: Report, comparison: Comparison | None = None) -> bytes:
    """Give the page in UTF-8; it needs nothing from anywhere, and runs nothing."""
    headline = comparison.headline if comparison else _headline(report)
    was = None if played.before is None else describe_policy(played.before)
    parts = [
        sections.tiles(report, comparison),
        *sections.timeline(report, comparison),
        sections.reasons(report, comparison),
        sections.histogram(report, comparison),
        sections.rules(report, comparison),
        sections.channels(report, comparison),
        sections.waiting(report, comparison),
        sections.limits(report, comparison),
        sections.policy(describe_policy(played.ruleset), was),
        changed(comparison) if comparison else None,
        sections.rejected(report),
    ]
    header = tag(
        "header", tag("p", "Tactful simulation", class_="kind"), tag("h1", headline), _about(played, report, comparison)
    )
    body = tag("body", header, tag("main", parts), _footer(comparison))
    return write(tag("html", _head(headline), body, lang="en"))


def _head(title: str) -> Element:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", CSS),
    )


def _headline(report: Report) -> str:
    asks, people = count_out(report.asks, "ask"), report.people_asked
    if not people:
        return "Nobody would have been asked."
    return f"{people:,} of {count_out(len(report.persons), 'person')} would have been asked, with {asks} in all."


def _about(played: Played, report: Report, comparison: Comparison | None) -> list[Content]:
    days = sorted(report.days)
    time = f", {days[0]} to {days[-1]}" if days else ""
    touchpoints, persons = count_out(report.touchpoints, "touchpoint"), count_out(len(report.persons), "person")
    against: list[Content] = [" against ", tag("code", played.against)] if played.against is not None else []
    where: list[Content] = [tag("code", played.folder), against, " on ", tag("code", played.traffic)]
    return [
        tag("p", describe_change(comparison)) if comparison else None,
        tag("p", where, f": {touchpoints} by {persons}{time}. {describe_people(played.people)}."),
    ]


def _footer(comparison: Comparison | None) -> Element:
    both = " In colour what is, in grey or as a line what was." if comparison else ""
    text = f"An open invitation that is shown again is no further ask. Days are those of the folder's time zone.{both}"
    return tag("footer", text)
