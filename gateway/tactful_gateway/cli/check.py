"""`tactful check`: shows every problem of a survey folder, runs its tests and says the policy in force."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import count, print_problems
from tactful_gateway.cli.output.schema_file import refresh_schema
from tactful_gateway.survey import check_survey, find_variables
from tactful_gateway.survey.policy import describe_policy
from tactful_rules.model.folder import Loaded, SourceProblem, SurveyFolder


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The survey folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail, too.")] = False,
) -> None:
    """Show every problem of a survey folder at once, and run the tests that stand in it.

    A schema for editors that the folder keeps (see `tactful schema --write`) is brought up to date.

    Exit code 0 when there are none, 1 when there are.
    """
    loaded = check_survey(folder, time.time_ns() // 1_000_000)
    if loaded.folder is not None:
        _follow(folder, loaded.folder)
    failed = any(strict or problem.severity == "error" for problem in loaded.problems)
    if as_json:
        print_json(_document(loaded))
    else:
        _print(make_console(), folder, loaded, failed)
    raise typer.Exit(1 if failed else 0)


def _follow(place: Path, folder: SurveyFolder) -> None:
    """Let the schema that editors read follow the folder's ids; where it can't be written the folder is no worse."""
    try:
        refresh_schema(place, folder)
    except OSError as error:
        make_console(stderr=True).print(f"the schema for editors stays as it was: {error}", style="yellow")


def _print(console: Console, folder: Path, loaded: Loaded, failed: bool) -> None:
    print_problems(console, folder, loaded.problems)
    if loaded.problems and console.is_terminal:
        console.print()
    if loaded.folder is not None:
        _print_policy(console, loaded.folder)
        _print_variables(console, loaded.folder)
    console.print(_summary(folder, loaded), style="bold red" if failed else "bold green")


def _print_policy(console: Console, folder: SurveyFolder) -> None:
    origin = "default" if folder.default_policy else "as written"
    console.print(f"Do-not-disturb ({origin}):", style="bold")
    for line in describe_policy(folder.ruleset):
        console.print(f"  {line}")


def _print_variables(console: Console, folder: SurveyFolder) -> None:
    names = find_variables(folder)
    if names:
        said = ", ".join(name if name in os.environ else f"{name} (not set here)" for name in names)
        console.print("Needed in the environment of `tactful serve`:", style="bold")
        console.print(f"  {said}")


def _summary(folder: Path, loaded: Loaded) -> str:
    errors = len(loaded.errors)
    warnings = len(loaded.problems) - errors
    found = count(errors, "problem") if errors else "no problems"
    if warnings:
        found += f", {count(warnings, 'warning')}"
    if loaded.folder is None:
        return f"{folder}: {found}"
    ruleset = loaded.folder.ruleset
    parts = [
        count(len(ruleset.touchpoints), "touchpoint"),
        count(len(ruleset.rules), "rule"),
        count(len(ruleset.questionnaires), "questionnaire"),
        count(len(loaded.folder.tests), "test"),
    ]
    return f"{folder}: {found} ({', '.join(parts)})"


def _document(loaded: Loaded) -> dict[str, Any]:
    folder = loaded.folder
    policy = None
    if folder is not None:
        policy = {
            "default": folder.default_policy,
            "policy": msgspec.to_builtins(folder.ruleset.do_not_disturb),
            "in_words": describe_policy(folder.ruleset),
        }
    return {
        "ok": not loaded.errors,
        "problems": [_plain(problem) for problem in loaded.problems],
        "tests": {"run": len(folder.tests) if folder else 0, "failed": _failed_tests(loaded)},
        "do_not_disturb": policy,
        "variables": list(find_variables(folder)) if folder else [],
    }


def _failed_tests(loaded: Loaded) -> int:
    return sum(problem.code == "failed_test" for problem in loaded.problems)


def _plain(problem: SourceProblem) -> dict[str, Any]:
    position = problem.position
    return {
        "file": position.file,
        "line": position.line,
        "column": position.column,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }
