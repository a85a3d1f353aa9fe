"""Prints problems as `file:line:column: code: message`; a terminal also shows the line, with a caret below it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from tactful_gateway.cli.output.console import make_console
from tactful_gateway.survey import read_survey
from tactful_rules.model.folder import SourceProblem, SurveyFolder


def open_folder(folder: Path) -> SurveyFolder:
    """Read a survey folder for a command, or end the command with exit code 1 and every error on stderr.

    Raises:
        typer.Exit: the folder has errors; they were printed.
    """
    loaded = read_survey(folder, now=time.time_ns() // 1_000_000)
    if loaded.folder is None:
        console = make_console(stderr=True)
        print_problems(console, folder, loaded.errors)
        console.print(f"{count(len(loaded.errors), 'problem')} in {folder}", style="bold red")
        raise typer.Exit(1)
    return loaded.folder


def print_problems(console: Console, folder: Path, problems: Iterable[SourceProblem]) -> None:
    """Print each problem; its file is given with the folder, so that a terminal can open it."""
    for problem in problems:
        console.print(_line(folder, problem))
        if console.is_terminal and problem.source:
            console.print(_quote(problem, console.width))


def count(number: int, word: str) -> str:
    """Write `1 problem`, `2 problems`."""
    return f"{number} {word}" + ("" if number == 1 else "s")


def _line(folder: Path, problem: SourceProblem) -> Text:
    position = problem.position
    line = Text()
    line.append(f"{(folder / position.file).as_posix()}:{position.line}:{position.column}: ", "bold")
    line.append(problem.code, "red" if problem.severity == "error" else "yellow")
    line.append(": warning: " if problem.severity == "warning" else ": ")
    line.append(problem.message)
    if problem.hint:
        line.append(f" ({problem.hint})", "cyan")
    return line


def _quote(problem: SourceProblem, width: int) -> Text:
    """Give the source line and a caret under its column; wide characters count for two cells, tabs for one."""
    source = problem.source.replace("\t", " ")
    column = min(problem.position.column, len(source) + 1) - 1
    margin = f"{problem.position.line:>6} | "
    cut = 0 if len(margin) + cell_len(source[:column]) < width else max(0, column - width // 2)
    before = ("…" if cut else "") + source[cut:column]
    quoted = Text(no_wrap=True)
    quoted.append(margin, "dim")
    quoted.append(before + source[column:] + "\n")
    quoted.append(" " * (len(margin) - 2) + "| ", "dim")
    quoted.append(" " * cell_len(before) + "^", "bold red" if problem.severity == "error" else "bold yellow")
    return quoted
