"""Warnings of what stands in a sound folder and has no effect; each is certain, so that none needs to be silenced."""

from __future__ import annotations

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.source.lint.closed import warn_of_closed
from tactful_rules.source.lint.held import warn_of_held
from tactful_rules.source.lint.hidden import warn_of_hidden
from tactful_rules.source.lint.never import warn_of_never
from tactful_rules.source.lint.places import Places
from tactful_rules.source.lint.quiet import warn_of_quiet
from tactful_rules.source.lint.shadowed import warn_of_shadowed
from tactful_rules.source.lint.unused import warn_of_alerts, warn_of_unused
from tactful_rules.source.reading.report import Report

__all__ = ["Places", "lint", "warn_of_alerts"]


def lint(report: Report, folder: SurveyFolder, places: Places) -> None:
    """Add every warning about a folder in which nothing is wrong; of others too much is not known."""
    never = warn_of_never(report, folder.ruleset, places)
    warn_of_shadowed(report, folder.ruleset, places, never)
    warn_of_hidden(report, folder, places)
    warn_of_quiet(report, folder, places)
    warn_of_closed(report, folder, places)
    warn_of_held(report, folder, places)
    warn_of_unused(report, folder, places)
