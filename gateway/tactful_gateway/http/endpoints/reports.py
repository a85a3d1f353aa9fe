"""`POST /v1/reports`: what SDKs counted by themselves, added to the counts once, however often it is sent."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from tactful_gateway.http.endpoints.invitations import taken
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.instant import read_instant
from tactful_gateway.http.wire import ParamSummary, Receipt, ReportCall
from tactful_gateway.ledger.commands import Problem, Report
from tactful_gateway.store.records import CountKey, Measure, MeasureKey
from tactful_rules.model.ids import DAY, HOUR

TAKEN = 6 * DAY
"""An older report may have been counted and its id forgotten since (`storage.REMEMBER`, a day later for clocks that
differ): it is refused, since the SDK whose answer was lost for so long can't tell."""


async def count(call: Call) -> Response:
    """Add an SDK's counts, and what it saw of numeric params, to those of the hour in which they began."""
    body: ReportCall = call.body
    since = read_instant("since", body.since)
    until = read_instant("until", body.until)
    if not 0 <= since <= until:
        raise ApiError("invalid_request", [Problem("until", "out_of_order", "`until` is before `since`.")])
    if until < call.services.clock.now() - TAKEN:
        old = Problem(
            "until", "too_old", "A report is taken for six days; nobody could tell any more if it was counted."
        )
        raise ApiError("invalid_request", [old])
    declared = call.services.rulesets.active.ruleset.touchpoints
    counts: Counter[CountKey] = Counter()
    measures: dict[MeasureKey, Measure] = {}
    for entry in body.touchpoints:
        # Only declared names are kept: a typo in a loop must not fill the table.
        if entry.touchpoint in declared or entry.reason == "unknown_touchpoint":
            touchpoint = entry.touchpoint if entry.touchpoint in declared else ""
            counts[CountKey(since // HOUR, touchpoint, "", entry.reason, "sdk")] += entry.count
            for param, seen in entry.params.items():
                if touchpoint and param in declared[touchpoint].params:
                    key, measure = MeasureKey(since // HOUR, touchpoint, entry.reason, param), _measure(seen)
                    measures[key] = measures[key].plus(measure) if key in measures else measure
    accepted = taken(await call.submit(Report(body.id, dict(counts), measures)))
    return answer(Receipt(accepted.duplicate), 202)


def _measure(seen: ParamSummary) -> Measure:
    return Measure(seen.count, seen.sum, seen.sum_squares, seen.min, seen.max)
