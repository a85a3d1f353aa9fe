"""The page's sections, each from a report alone or, where there is one, from a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from tactful_gateway.cli.simulation.page.charts import Series, columns
from tactful_gateway.cli.simulation.page.markup import Content, tag
from tactful_gateway.cli.simulation.page.tables import Numbers, bar_table, change_of
from tactful_gateway.cli.simulation.words import (
    TOTALS,
    count_out,
    describe_first,
    otherwise,
    outcomes,
    outcomes_compared,
    waited,
    waited_compared,
)
from tactful_gateway.simulator.comparison import Comparison, Delta
from tactful_gateway.simulator.periods import all_periods, choose_unit, period_of
from tactful_gateway.simulator.report import Report

_MOST_PERIODS = 92
_MOST_BINS = 30
_LONGEST_YEARS = 200


def section(title: str, *content: Content, note: str = "", wide: bool = False) -> Element:
    """Put a section around its content."""
    heading = tag("h2", title)
    return tag(
        "section", heading, tag("p", note, class_="note") if note else None, content, class_="wide" if wide else None
    )


def tiles(report: Report, comparison: Comparison | None) -> Element:
    """Show the numbers of the whole play."""
    was = comparison.totals() if comparison else {}
    now = {name: getattr(report, name) for name in TOTALS}
    return tag("dl", [_tile(TOTALS[name], number, was.get(name)) for name, number in now.items()], class_="tiles wide")


def timeline(report: Report, comparison: Comparison | None) -> list[Element]:
    """Show asks and answers over time; in a comparison each with a line for what was."""
    days = comparison.days() if comparison else report.days
    unit = choose_unit(days, _MOST_PERIODS)
    # Days beyond days: a lone row centuries away leaves the gap out, rather than filling the page with it.
    periods = all_periods(days, unit)
    if len(periods) > _LONGEST_YEARS:
        periods = sorted({period_of(day, unit) for day in days})

    def over_time(counts: Mapping[str, int]) -> list[int]:
        found = dict.fromkeys(periods, 0)
        for day, count in counts.items():
            # A reaction may fall on the day after the last touchpoint.
            period = period_of(day, unit)
            found[period if period in found else periods[-1]] += count
        return list(found.values())

    if not periods:
        return []
    head, by = unit.capitalize(), f"by {unit}"
    asks, answers = over_time(report.days_asked), over_time(report.days_answered)
    if comparison is None:
        series = [Series("asks", "column", "ask", asks)]
        series += [Series("answers", "inner", "answer", answers)] if any(answers) else []
        title = f"Asks {'and answers ' if any(answers) else ''}{by}"
        return [section(title, columns(title, periods, series, head), wide=True)]
    shown = []
    for word, now, was in (
        ("Asks", asks, over_time(comparison.was.days_asked)),
        ("Answers", answers, over_time(comparison.was.days_answered)),
    ):
        if any(now) or any(was):
            both = [Series("was", "line", "line", was), Series("is", "column", "ask", now)]
            shown.append(section(f"{word} {by}", columns(f"{word} {by}", periods, both, head), wide=True))
    return shown


def reasons(report: Report, comparison: Comparison | None) -> Element:
    """Show what touchpoints came to, with open invitations shown again beside new asks."""
    alone = dict(outcomes(report.reasons, report.again).most_common())
    numbers: Numbers = outcomes_compared(comparison) if comparison else alone
    return section("Reasons", bar_table("reason", numbers, "touchpoints"), note="What each touchpoint came to.")


def rules(report: Report, comparison: Comparison | None) -> Element:
    """Show new asks by rule, and what else each rule came to."""
    names = sorted(report.rule_reasons, key=lambda name: -report.rules[name])
    numbers: Numbers = comparison.rules() if comparison else {name: report.rules[name] for name in names}
    notes = {name: _otherwise(report, name) for name in names}
    table = bar_table("rule", numbers, "asks", notes)
    return section("Rules", table, note="New asks, and what else each rule came to.", wide=True)


def channels(report: Report, comparison: Comparison | None) -> Element:
    """Show new asks by channel."""
    numbers: Numbers = comparison.channels() if comparison else dict(report.channels.most_common())
    if not numbers:
        return section("Channels", note="Nobody was asked on any.")
    notes = {name: _reactions(report, name) for name in report.channels}
    note = "New asks; what is sent is an ask when it goes."
    return section("Channels", bar_table("channel", numbers, "asks", notes), note=note)


def waiting(report: Report, comparison: Comparison | None) -> Element | None:
    """Show what became of the asks that had to wait, and what followed up, where anything did."""
    numbers: Numbers = waited_compared(comparison) if comparison else waited(report)
    if not numbers:
        return None
    note = f"{count_out(report.deferred, 'ask')} had to wait for the end of quiet hours, a holiday or a delay."
    return section("What waited, and what followed", bar_table("what became of it", numbers, "messages"), note=note)


def limits(report: Report, comparison: Comparison | None) -> Element | None:
    """Show what each entry of do-not-disturb stopped or shifted, those that did nothing included."""
    if not report.limits:
        return None
    numbers: Numbers
    if comparison is not None:
        numbers = comparison.limits()
    else:
        numbers = {words: report.stopped[place] + report.shifted[place] for place, words in report.limits.items()}
    notes = {words: _shifted(report, place) for place, words in report.limits.items()}
    note = "Asks that each pause, cap and window stopped, made wait, or moved to a later channel."
    return section("Messages saved", bar_table("do-not-disturb", numbers, "asks", notes), note=note, wide=True)


def histogram(report: Report, comparison: Comparison | None) -> Element:
    """Show how many persons were asked how often."""
    now = report.asks_per_person()
    was = comparison.was.asks_per_person() if comparison else {}
    most = max([*now, *was], default=0)
    last = min(most, _MOST_BINS)
    labels = [str(number) for number in range(last + 1)]
    if most > last:
        labels[-1] = f"{last}+"
    series = [Series("persons", "column", "is", _bins(now, last))]
    if comparison is not None:
        series = [Series("was", "left", "was", _bins(was, last)), Series("is", "right", "is", _bins(now, last))]
    note = f"How many persons were asked how often. The most for one person: {report.most_asks:,}"
    note += f", before {comparison.was.most_asks:,}." if comparison else "."
    return section("Asks a person", columns("Persons by number of asks", labels, series, "asks"), note=note)


def rejected(report: Report) -> Element | None:
    """Show the params that broke their schema, where some did."""
    if not report.rejected_params:
        return None
    note = "They counted as missing; under each what stood there first, and what to do about it."
    names = {f"{rejected.param} at {rejected.touchpoint}": rejected for rejected in report.rejected_params}
    numbers = {name: rejected.visits for name, rejected in names.items()}
    notes = {name: tag("div", f"{describe_first(it)}; {it.hint}", class_="same") for name, it in names.items()}
    table = bar_table("param", numbers, "visits", notes)
    return section("Params that broke their schema", table, note=note, wide=True)


def policy(now: Sequence[str], was: Sequence[str] | None) -> Element:
    """Show the do-not-disturb policy in force, and the one before where it was another."""
    if was is None or list(was) == list(now):
        note = "The same before and after." if was is not None else ""
        return section("Do-not-disturb in force", _sentences(now), note=note)
    sides = [tag("div", tag("h3", word), _sentences(lines)) for word, lines in (("was", was), ("is", now))]
    return section("Do-not-disturb in force", tag("div", sides, class_="sides"))


def _reactions(report: Report, channel: str) -> Element | None:
    said = (("sent", report.sent), ("answered", report.channel_answers), ("dismissed", report.channel_dismissals))
    counts = ", ".join(f"{word} {counts[channel]:,}" for word, counts in said if counts[channel])
    return tag("div", counts, class_="same") if counts else None


def _shifted(report: Report, place: str) -> Element | None:
    counts = ((word, counts[place]) for word, counts in (("stopped", report.stopped), ("shifted", report.shifted)))
    said = ", ".join(f"{word} {count:,}" for word, count in counts if count)
    return tag("div", said, class_="same") if said else None


def _tile(name: str, number: int, delta: Delta | None) -> Element:
    before = None if delta is None else tag("dd", f"was {delta.was:,}, {change_of(delta)}", class_="was")
    if delta is not None and not delta.change:
        before = tag("dd", "as before", class_="was")
    return tag("div", tag("dt", name), tag("dd", f"{number:,}", class_="big"), before)


def _otherwise(report: Report, rule: str) -> Element | None:
    rest = otherwise(report, rule)
    return tag("div", rest, class_="same") if rest else None


def _bins(counts: Mapping[int, int], last: int) -> list[int]:
    found = [0] * (last + 1)
    for asks, persons in counts.items():
        found[min(asks, last)] += persons
    return found


def _sentences(lines: Sequence[str]) -> Element:
    return tag("ul", [tag("li", line) for line in lines])
