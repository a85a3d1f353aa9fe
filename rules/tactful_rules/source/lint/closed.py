"""Warns of caps of 0, which some write for "no limit" and which let nobody be asked."""

from __future__ import annotations

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.source.lint.places import Places
from tactful_rules.source.reading.report import Report


def warn_of_closed(report: Report, folder: SurveyFolder, places: Places) -> None:
    """Warn of each of them; where a rule ignores caps, it may be meant that no other one asks."""
    ruleset = folder.ruleset
    if any("caps" in rule.ignore for rule in ruleset.rules):
        return
    for cap in ruleset.do_not_disturb.caps:
        if cap.at_most == 0:
            where = f" on {', '.join(cap.on)}" if cap.on else ""
            message = f"a cap of 0 lets nobody ever be asked{where}"
            report.warn(places.of("do_not_disturb", "caps"), "never_asks", message, "leave it out for no limit")
