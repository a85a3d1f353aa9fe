"""What whoever imports may do about a row that a gateway refused: it knows of answers, and nothing of columns."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any

from tactful_gateway.importing.rows import Columns
from tactful_gateway.ledger.commands import Problem
from tactful_rules.questionnaire.validation import NO_OPTION, NO_TEXT

_TEXT_WANTED = (NO_TEXT, NO_OPTION)


def advise(problem: Problem, says: Mapping[str, Any], columns: Columns, *, typed: bool) -> str:
    """Give what to do about what a row `says`, as an option of the command; nothing where no option helps."""
    column = columns.find(problem.path, says)
    if column is None:
        return ""
    if problem.code == "unknown_question":
        left_out, named = quote(f"{column}=-"), quote(f"{column}=ID")
        return f"Leave the column out with --map {left_out}, or name its question: --map {named}"
    if (problem.code, problem.message) in _TEXT_WANTED and not typed and columns.is_guessed(column, says[column]):
        return f"With --text {quote(column)} what stands there is one, also where it looks like something else."
    return ""
