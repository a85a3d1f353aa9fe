"""Taking in feedback from elsewhere: a response that nobody was invited to here, at a time that may be long ago.

It counts as answered at its own time, so the order in which feedback arrives changes nothing of what is known then.
"""

from __future__ import annotations

from typing import Any

from tactful_gateway.ledger.apply import closing, facts, persons
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.commands import Accepted, Feedback, Problem, Refused
from tactful_gateway.store.records import SeenFeedback
from tactful_rules.model.person import HistoryEvent, PersonState
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.questionnaire import check_answers, last_score, scores

LONGEST_KEY = 256
ACCEPTED, DUPLICATE = Accepted(), Accepted(duplicate=True)
_PLAIN = (str, int, float, bool)


def apply_feedback(draft: Draft, command: Feedback) -> Accepted | Refused:
    """Take feedback in, once; what came before is known again even where the rules changed since."""
    seen = draft.seen(command.key)
    if seen is not None:
        return known_again(seen.digest, command)
    touchpoint = draft.compiled.ruleset.touchpoints.get(command.touchpoint)
    if touchpoint is None:
        return _refuse("touchpoint", "unknown_touchpoint", "The survey folder declares no such touchpoint.")
    questionnaire = draft.compiled.ruleset.questionnaires.get(command.questionnaire or "")
    answers, problems = _check_answers(draft, command, questionnaire)
    if problems:
        return Refused("invalid_answers", problems)
    given = command.scores if questionnaire is None else scores(questionnaire, answers)
    if questionnaire is not None and command.scores:
        return _refuse("scores", "scores_of_answers", "The questionnaire is ours, so its answers give the scores.")
    if not answers and not given:
        return _refuse("answers", "no_answer", "Nothing is answered here.")
    draft.changes.feedback[command.key] = SeenFeedback(draft.now, command.digest)
    known = draft.person(command.person)
    locale = command.locale or known.locale or draft.compiled.ruleset.settings.locale
    _remember(draft, command, known, touchpoint.stage, _last_score(questionnaire, answers, given))
    received = facts.Received(command, draft.now, touchpoint.stage, draft.compiled.version, locale, answers, given)
    draft.tell("feedback.received", command.person, facts.feedback, received, questionnaire, draft.compiled.ruleset)
    return ACCEPTED


def known_again(digest: bytes, command: Feedback) -> Accepted | Refused:
    """Give what feedback comes to whose source and id were taken before, with content of that digest."""
    return DUPLICATE if digest == command.digest else Refused("feedback_conflict")


def _check_answers(
    draft: Draft, command: Feedback, questionnaire: Questionnaire | None
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    if questionnaire is None:
        return _check_free(command.answers)
    answers, problems = check_answers(
        questionnaire, command.answers, command.params, complete=True, regex=draft.compiled.regex
    )
    if not problems:
        return answers, ()
    return answers, tuple(Problem(it.path, it.code, it.message) for it in problems)


def _check_free(given: dict[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Give the answers to questions that we don't know, in the form that ours have; and those that have none."""
    answers = {key: tidy for key, answer in given.items() if (tidy := _tidy(answer)) is not None}
    problems = []
    for key, answer in answers.items():
        if not key or not key.isprintable() or len(key) > LONGEST_KEY:
            message = f"A question's name has 1 to {LONGEST_KEY} characters, none of them control characters."
            problems.append(Problem(f"answers.{key}", "invalid_id", message))
        elif not all(isinstance(part, _PLAIN) for part in (answer if isinstance(answer, list) else [answer])):
            message = "An answer is a text, a number, true or false, or a list of these."
            problems.append(Problem(f"answers.{key}", "wrong_type", message))
    return answers, tuple(problems)


def _tidy(answer: Any) -> Any:
    if isinstance(answer, str):
        return answer.strip() or None
    if isinstance(answer, list):
        return [tidy for part in answer if (tidy := _tidy(part)) is not None] or None
    return answer


def _refuse(path: str, code: str, message: str) -> Refused:
    return Refused("invalid_request", (Problem(path, code, message),))


def _last_score(questionnaire: Questionnaire | None, answers: dict[str, Any], given: dict[str, float]) -> float | None:
    return next(reversed(given.values()), None) if questionnaire is None else last_score(questionnaire, answers)


def _remember(draft: Draft, command: Feedback, known: PersonState, stage: str | None, score: float | None) -> None:
    event = HistoryEvent(
        "answered", command.at, command.questionnaire or "", command.touchpoint, command.channel or "", stage
    )
    state = persons.with_history(known, event)
    draft.save_person(command.person, state if score is None else persons.with_score(state, score, command.at))
    if command.event_id is not None:
        closing.settle(draft, command.person)
        for record in closing.open_of(draft, command.person, command.touchpoint, command.event_id):
            closing.cancel(draft, record, "answered")
