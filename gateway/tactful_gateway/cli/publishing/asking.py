"""Makes the calls of publishing; a survey folder that is refused ends the command with all its problems, and code 1."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from msgspec import Struct

from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import count, print_problems
from tactful_gateway.cli.remote.client import RefusedError, Remote, RemoteError
from tactful_gateway.http.versions import RulesetReceipt, SurveyProblem
from tactful_rules.model.folder import Position, SourceProblem

PATIENCE = 60.0
"""Seconds: a gateway takes some for a large folder, and may have others to check first."""
HINTS = {
    "version_conflict": "see what is live with `tactful ruleset list`, then expect that",
    "folder_served": "--dry-run works all the same",
}

MessageOption = Annotated[str, typer.Option("--message", "-m", help="Why; kept with the version.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and do nothing.")]
ExpectOption = Annotated[
    int | None,
    typer.Option(metavar="NUMBER", min=0, help="Only if this is still the latest version; 0: if there is none."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the gateway's answer instead.")]


class PublishOptions(Struct, frozen=True):
    """What the command line says of how to publish."""

    message: str
    dry_run: bool
    expect: int | None


class _Refusal(Struct, frozen=True):
    problems: tuple[SurveyProblem, ...] = ()


def change(
    remote: Remote, method: str, path: str, body: Mapping[str, object], options: PublishOptions, *, shown: Shown
) -> RulesetReceipt:
    """Publish or roll back.

    Raises:
        typer.Exit: it was refused, or the gateway is not reached; that was printed.
    """
    try:
        return remote.call(
            RulesetReceipt,
            method,
            path,
            body={**body, "message": options.message},
            query={"dry_run": "1"} if options.dry_run else None,
            headers={} if options.expect is None else {"if-match": f'"{options.expect}"'},
            timeout=PATIENCE,
        )
    except RefusedError as error:
        if error.code == "survey_problems":
            shown.refuse(error)
        fail(f"{error}; {HINTS[error.code]}" if error.code in HINTS else str(error))
    except RemoteError as error:
        fail(str(error))


class Shown(Struct, frozen=True):
    """Where problems are shown to stand: below `folder`, with the lines of `files` where they are at hand."""

    folder: Path
    files: Mapping[str, str]
    as_json: bool

    def refuse(self, error: RefusedError) -> NoReturn:
        """Show all problems of a folder that was refused, and end the command."""
        if self.as_json:
            print_json(msgspec.json.decode(error.body))
            raise typer.Exit(1)
        problems = self.placed(msgspec.json.decode(error.body, type=_Refusal).problems)
        print_problems(make_console(), self.folder, problems)
        errors = sum(problem.severity == "error" for problem in problems)
        fail(f"{count(errors, 'problem')}: nothing was published")

    def placed(self, problems: tuple[SurveyProblem, ...]) -> list[SourceProblem]:
        """Give problems with the lines they stand on."""
        return [
            SourceProblem(
                Position(problem.path, problem.line, problem.column),
                problem.code,
                problem.message,
                problem.hint,
                problem.severity,
                self._line(problem),
            )
            for problem in problems
        ]

    def _line(self, problem: SurveyProblem) -> str:
        lines = self.files.get(problem.path, "").splitlines()
        return lines[problem.line - 1] if 0 < problem.line <= len(lines) else ""


def fail(message: str) -> NoReturn:
    """Say what is wrong, and end the command."""
    make_console(stderr=True).print(message, style="bold red")
    raise typer.Exit(1)
