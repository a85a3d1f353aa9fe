"""All that can be said of a survey folder before it is live: its problems and, of a sound one, its failing tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from tactful_gateway.sinks.registry import find_shared_files
from tactful_gateway.sinks.shapes.registry import unsaid
from tactful_gateway.survey.inline_tests import run_tests
from tactful_gateway.survey.paths import check_paths
from tactful_gateway.survey.read import read_survey, read_texts
from tactful_rules.model.folder import Loaded, Position, SourceProblem, SurveyFolder
from tactful_rules.model.ids import Instant
from tactful_rules.source import variables


def check_survey(folder: Path, now: Instant) -> Loaded:
    """Read a survey folder and run its tests; failing ones are errors beside the others, in order of position.

    A folder whose tests fail is given all the same: `errors` says whether it may go live.
    """
    return _try(read_survey(folder, now=now), now)


def check_texts(files: Mapping[str, str], now: Instant) -> Loaded:
    """Check a survey folder that was sent, as texts by path, in the same way; its paths are judged first."""
    problems = check_paths(files)
    return Loaded(None, problems) if problems else _try(read_texts(files, now=now), now)


def find_variables(folder: SurveyFolder) -> tuple[str, ...]:
    """Give the names of the environment's variables that a gateway needs to serve the folder, sorted."""
    options = [sink.options for sink in folder.sinks.values()]
    options += [channel.options for channel in folder.channels.values()]
    return tuple(sorted(variables(options)))


def _try(loaded: Loaded, now: Instant) -> Loaded:
    if loaded.folder is None:
        return loaded
    found = (
        *_lacking(loaded.folder),
        *_shared(loaded, loaded.folder),
        *_unsaid(loaded, loaded.folder),
        *loaded.problems,
        *run_tests(loaded.folder, now),
    )
    return replace(loaded, problems=tuple(sorted(found, key=lambda problem: problem.position)))


def _lacking(folder: SurveyFolder) -> tuple[SourceProblem, ...]:
    if folder.sinks:
        return ()
    message = "there are no `sinks`: answers stay in the database until one is configured"
    hint = "write `sinks: {answers: {kind: jsonl, path: answers.jsonl}}`"
    return (SourceProblem(Position(".", 1, 1), "no_sink", message, hint, "warning"),)


def _shared(loaded: Loaded, folder: SurveyFolder) -> list[SourceProblem]:
    """Two sinks would rotate one file under each other's hands, and tell torn lines from each other's whole ones."""
    found = []
    for sink, key, first in find_shared_files(folder.sinks):
        place = loaded.positions.get(("sinks", sink, key), Position(".", 1, 1))
        message = f"sink {sink}: its `{key}` is that of the sink {first}"
        found.append(SourceProblem(place, "shared_file", message, f"give each sink a `{key}` of its own"))
    return found


def _unsaid(loaded: Loaded, folder: SurveyFolder) -> list[SourceProblem]:
    """A sink would count as delivered what its shape can't say."""
    found = []
    for sink in folder.sinks.values():
        lost = unsaid(sink)
        if lost is not None:
            place = loaded.positions.get(("sinks", sink.id, "events"), Position(".", 1, 1))
            hint = "give them to a sink of the shape cloudevents"
            found.append(SourceProblem(place, "bad_value", f"sink {sink.id}: {lost}", hint))
    return found
