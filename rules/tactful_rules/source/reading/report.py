"""Collects every problem of a survey folder; nothing is raised, so that one look shows all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tactful_rules.mistakes.spelling import nearest
from tactful_rules.model.folder import Position, Severity, SourceProblem
from tactful_rules.source.reading.privacy import find_private

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What the YAML scanner counts as the end of a line."""
_WORD = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_SHOWN = 240
MAX_PROBLEMS = 2_000


class TooManyProblemsError(Exception):
    """So much is wrong that the rest is not worth looking at."""


class Report:
    """Takes problems as they are met and gives them sorted by position, with the lines they stand on.

    `incomplete` says that a file could not be read at all, so that anything that seems to be missing may stand there.
    """

    def __init__(self) -> None:
        self.incomplete = False
        self._unread: set[str] = set()
        self._problems: dict[SourceProblem, None] = {}
        self._lines: dict[str, list[str]] = {}
        self._private: dict[str, tuple[bool, ...]] = {}

    def add_file(self, name: str, text: str) -> None:
        """Remember a file's text, to quote from."""
        self._lines[name] = _LINE_BREAK.split(text)
        self._private[name] = find_private(self._lines[name])

    def is_private(self, file: str, line: int) -> bool:
        """Tell whether a line, counted from 1, may hold a secret, so that nothing of it may be quoted."""
        private = self._private.get(file, ())
        return line > len(private) or private[line - 1]

    def leave_out(self, text: str) -> None:
        """Remember the words of something that could not be read: what they name may be defined there."""
        self._unread.update(_WORD.findall(text))

    def may_define(self, name: str) -> bool:
        """Tell whether what seems to be missing may stand where nothing could be read."""
        return self.incomplete or name in self._unread

    def error(self, at: Position, code: str, message: str, hint: str = "") -> None:
        """Add a problem that keeps the folder from going live.

        Raises:
            TooManyProblemsError: it is one too many.
        """
        if len(self._problems) >= MAX_PROBLEMS:
            message, hint = f"more than {MAX_PROBLEMS} problems: the rest was not looked at", "is it a survey folder?"
            self._add(Position(".", 1, 1), "too_many_problems", message, hint, "error")
            raise TooManyProblemsError
        self._add(at, code, message, hint, "error")

    def warn(self, at: Position, code: str, message: str, hint: str = "") -> None:
        """Add something that is probably not meant; of very many the last ones are left out."""
        if len(self._problems) < MAX_PROBLEMS:
            self._add(at, code, message, hint, "warning")

    def problems(self) -> tuple[SourceProblem, ...]:
        """Give what was found, in order of position, each once."""
        return tuple(sorted(self._problems, key=lambda problem: (problem.position, problem.code)))

    def has_errors(self) -> bool:
        """Tell whether anything found keeps the folder from going live."""
        return any(problem.severity == "error" for problem in self._problems)

    def _add(self, at: Position, code: str, message: str, hint: str, severity: Severity) -> None:
        lines = self._lines.get(at.file, [])
        source = "" if self.is_private(at.file, at.line) else lines[at.line - 1][:_SHOWN]
        self._problems[SourceProblem(at, code, message, hint, severity, source)] = None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Give "did you mean `x`?" for the nearest of the choices, or "" when none is near."""
    near = nearest(word, choices)
    return f"did you mean `{near}`?" if near else ""


def is_slip(word: str, meant: str) -> bool:
    """Tell whether `word` is `meant` but for one letter more, less, other or swapped; case and `-` do not count."""
    word, meant = word.lower().replace("-", "_"), meant.lower()
    both = min(len(word), len(meant))
    start = next((place for place in range(both) if word[place] != meant[place]), both)
    left, right = word[start:], meant[start:]
    swapped = left[1::-1] == right[:2] and left[2:] == right[2:]
    return swapped or left == right[1:] or left[1:] in (right, right[1:])


def listing(choices: Iterable[str]) -> str:
    """Write choices for a hint: `` `a`, `b`, `c` ``, cut after a dozen."""
    known = list(choices)
    shown = ", ".join(f"`{choice}`" for choice in known[:12])
    return shown + (", …" if len(known) > 12 else "")


def look_up(word: str, choices: Iterable[str]) -> tuple[str | None, str]:
    """Give the choice that is near, so that reading can go on with it, and the hint that `suggest` gives."""
    near = nearest(word, choices)
    return near, f"did you mean `{near}`?" if near else f"one of {listing(choices)}"


def suggest(word: str, choices: Iterable[str]) -> str:
    """Give a hint for a word that is none of the choices: the nearest one, else all of them."""
    known = list(choices)
    return did_you_mean(word, known) or (f"one of {listing(known)}" if known else "")
