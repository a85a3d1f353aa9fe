"""All that can be said of a survey folder before it is live: its problems and, of a sound one, its failing tests."""

from __future__ import annotations

from pathlib import Path

from tactful_gateway.survey.inline_tests import run_tests
from tactful_gateway.survey.read import read_survey
from tactful_rules.model.folder import Loaded, Position, SourceProblem, SurveyFolder
from tactful_rules.model.ids import Instant
from tactful_rules.source import variables


def check_survey(folder: Path, now: Instant) -> Loaded:
    """Read a survey folder and run its tests; failing ones are errors beside the others, in order of position.

    A folder whose tests fail is given all the same: `errors` says whether it may go live.
    """
    loaded = read_survey(folder, now=now)
    if loaded.folder is None:
        return loaded
    found = (*_lacking(loaded.folder), *loaded.problems, *run_tests(loaded.folder, now))
    return Loaded(loaded.folder, tuple(sorted(found, key=lambda problem: problem.position)), loaded.positions)


def find_variables(folder: SurveyFolder) -> tuple[str, ...]:
    """Give the names of the environment's variables that a gateway needs to serve the folder, sorted."""
    options = [sink.options for sink in folder.sinks.values()]
    options += [channel.options for channel in folder.channels.values()]
    return tuple(sorted(variables(options)))


def _lacking(folder: SurveyFolder) -> tuple[SourceProblem, ...]:
    if folder.sinks:
        return ()
    message = "there are no `sinks`: answers stay in the database until one is configured"
    hint = "write `sinks: {answers: {kind: jsonl, path: answers.jsonl}}`"
    return (SourceProblem(Position(".", 1, 1), "no_sink", message, hint, "warning"),)
