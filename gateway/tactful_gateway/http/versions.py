"""What travels over HTTP when a survey folder is published, as types."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from tactful_gateway.ledger.commands import Problem
from tactful_gateway.publishing.differences import Differences
from tactful_gateway.publishing.wanted import Result
from tactful_gateway.store.records import Origin
from tactful_rules.model.folder import Severity

Message = Annotated[str, Meta(max_length=500)]


class PublishQuery(Struct, frozen=True):
    """Whether to publish: 1 says what would come of it and does nothing."""

    dry_run: Literal["0", "1"] = "0"


class VersionsQuery(Struct, frozen=True):
    """Which page of the versions: at most `limit`, all of them with numbers below `before`."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    before: Annotated[int, Meta(ge=0, le=2**53)] | UnsetType = UNSET


class RulesetCall(Struct, frozen=True, forbid_unknown_fields=True):
    """A survey folder: the text of each of its YAML files by its path in it, and why it is published."""

    files: dict[str, str]
    message: Message = ""


class RollbackCall(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an earlier version is published again."""

    message: Message = ""


class SurveyProblem(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong in a survey folder: in the file `path`; `line` and `column` count from 1."""

    line: int
    column: int
    hint: str = ""
    severity: Severity = "error"


class Version(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of the survey folder that went live.

    `content` is the SHA-256 of its files, `ruleset` what decisions and invitations name. `by` and `name` are the id and
    the name of the key that published it, `of` is the number that was rolled back to, or read anew by a newer Tactful.
    """

    number: int
    at: str
    content: str
    ruleset: str
    origin: Origin
    by: str = ""
    name: str = ""
    message: str = ""
    of: int | None = None


class Versions(Struct, frozen=True):
    """Versions, newest first; `next` is the `before` of the page that follows, null at the end."""

    versions: tuple[Version, ...]
    next: int | None


class VersionFiles(Version, frozen=True, kw_only=True):
    """A version with its files."""

    files: dict[str, str]


class Counts(Struct, frozen=True):
    """How much a survey folder has."""

    touchpoints: int
    rules: int
    questionnaires: int
    tests: int


class CheckReport(Struct, frozen=True, kw_only=True):
    """What `tactful check` says of a survey folder without errors; `variables` are those that it needs."""

    problems: tuple[SurveyProblem, ...]
    counts: Counts
    do_not_disturb: tuple[str, ...]
    variables: tuple[str, ...]


class RulesetReceipt(Struct, frozen=True, kw_only=True):
    """What came of publishing; `version` is the latest now, null if there is none, and `changes` are those against it.

    `unchanged`: it is what was live already. `dry_run`: it could go live, and nothing was done.
    """

    result: Result
    version: Version | None
    changes: Differences
    check: CheckReport
