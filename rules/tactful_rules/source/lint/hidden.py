"""Warns of what no one ever sees: questions and end screens that are never shown, sinks that never get anything."""

from __future__ import annotations

from collections.abc import Mapping

from tactful_rules.conditions.sets.conflicts import find_conflicts
from tactful_rules.conditions.sets.cover import Cover
from tactful_rules.conditions.sets.domains import of_question, of_schema
from tactful_rules.conditions.sets.values import ANY, Domain, Values, of_test
from tactful_rules.conditions.sets.ways import at_least_ways, at_most_ways, bound
from tactful_rules.model.condition import Test
from tactful_rules.model.folder import SinkConfig, SurveyFolder
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.source.lint.never import say
from tactful_rules.source.lint.places import Places
from tactful_rules.source.reading.report import Report


def warn_of_hidden(report: Report, folder: SurveyFolder, places: Places) -> None:
    """Warn of each of them."""
    params = _params(folder.ruleset.touchpoints)
    for questionnaire in folder.ruleset.questionnaires.values():
        domain = _answers(questionnaire, params)
        _warn_of_questions(report, questionnaire, domain, places)
        _warn_of_ends(report, questionnaire, domain, places)
    for sink in folder.sinks.values():
        found = find_conflicts(sink.where, _journal(sink))
        if found is not None:
            say(report, places, ("sinks", sink.id, "where"), f"the sink `{sink.id}` never gets anything", found)


def _params(touchpoints: Mapping[str, Touchpoint]) -> dict[str, Values]:
    """Give what a param can be at any touchpoint; one declared in several ways can be anything."""
    found: dict[str, Values] = {}
    for touchpoint in touchpoints.values():
        for path, schema in touchpoint.params.items():
            values = of_schema(schema)
            found[path] = values if found.get(path, values) == values else ANY
    return found


def _answers(questionnaire: Questionnaire, params: Mapping[str, Values]) -> Domain:
    known = {f"params.{path}": values for path, values in params.items()}
    for question in questionnaire.questions:
        # A param of the same name stands in for an answer that is not given.
        known[question.id] = ANY if question.id in params else of_question(question)
    return lambda name: known.get(name, ANY)


def _journal(sink: SinkConfig) -> Domain:
    types = of_test(Test("type", "in", sink.events), holds=True)
    return lambda name: types if name == "type" else ANY


def _warn_of_questions(report: Report, questionnaire: Questionnaire, domain: Domain, places: Places) -> None:
    for index, question in enumerate(questionnaire.questions):
        found = find_conflicts(question.condition, domain)
        if found is not None:
            path = ("questionnaires", questionnaire.id, "questions", str(index), "if")
            say(report, places, path, f"the question `{question.id}` is never shown", found)


def _warn_of_ends(report: Report, questionnaire: Questionnaire, domain: Domain, places: Places) -> None:
    """Warn of end screens that can't be shown, and of those behind others that always are."""
    earlier: Cover[int] = Cover(domain)
    for index, end in enumerate(questionnaire.ends):
        path = ("questionnaires", questionnaire.id, "ends", str(index))
        found = find_conflicts(end.condition, domain)
        if found is not None:
            say(report, places, (*path, "if"), "this end screen is never shown", found)
            continue
        ways = [bound(leaves, domain) for leaves in at_most_ways(end.condition)]
        if all(earlier.find(way, lambda _: True) is not None for way in ways if all(way.values())):
            message = "this end screen is never shown: those before it are, wherever it would be"
            report.warn(places.of(*path), "shadowed", message, "the first that fits is shown; move it up, or remove it")
        for leaves in at_least_ways(end.condition):
            earlier.add(bound(leaves, domain), index)
