"""Questionnaires at work: branching, answers checked, texts localised and piped, scores."""

from tactful_rules.questionnaire.branching import as_tested, choose_end, keep_visible, visible
from tactful_rules.questionnaire.localisation import choose_text, localise
from tactful_rules.questionnaire.piping import pipe
from tactful_rules.questionnaire.scoring import last_score, scores
from tactful_rules.questionnaire.validation import ANSWER_CODES, AnswerProblem, check_answers

__all__ = [
    "ANSWER_CODES",
    "AnswerProblem",
    "as_tested",
    "check_answers",
    "choose_end",
    "choose_text",
    "keep_visible",
    "last_score",
    "localise",
    "pipe",
    "scores",
    "visible",
]
