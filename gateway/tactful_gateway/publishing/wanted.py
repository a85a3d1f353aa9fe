"""What a publisher wants, what came of it, and why it may not be: between the HTTP room and what is live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct

from tactful_gateway.publishing.differences import Differences
from tactful_gateway.store.records import VersionRecord
from tactful_rules.model.folder import SourceProblem, SurveyFolder

Result = Literal["published", "unchanged", "dry_run"]


class Publisher(Struct, frozen=True):
    """Who publishes: the id and the name of the key, and why, in the publisher's words."""

    by: str
    name: str
    message: str = ""


class Terms(Struct, frozen=True):
    """On what terms: `expected` is the number that must be the latest, 0 for none; a dry run changes nothing."""

    expected: int | None = None
    dry_run: bool = False


class PublishOutcome(Struct, frozen=True):
    """What came of it: the latest version now, how the folder differs from what was live, and the check of it."""

    result: Result
    version: VersionRecord | None
    differences: Differences
    folder: SurveyFolder
    problems: tuple[SourceProblem, ...]


class NotReadyError(Exception):
    """The survey folder can't go live; `problems` are those with a place in a file, `warnings` stood beside them."""

    def __init__(
        self, message: str, problems: tuple[SourceProblem, ...] = (), warnings: tuple[SourceProblem, ...] = ()
    ) -> None:
        super().__init__(message)
        self.problems = problems
        self.warnings = warnings


class FolderServedError(Exception):
    """The gateway serves a folder, so its files are the truth: change them, or start it without a folder."""


class UnknownVersionError(Exception):
    """There is no such version."""


class VersionConflictError(Exception):
    """Another version is the latest than was expected; the message says which, where that is known."""


class Publishing(Protocol):
    """Whoever can put another survey folder in force."""

    async def publish(self, files: Mapping[str, str], publisher: Publisher, terms: Terms) -> PublishOutcome:
        """Check a survey folder and put it in force, durably.

        Raises:
            NotReadyError: it has problems; nothing changed.
            FolderServedError: this gateway takes none.
            VersionConflictError: the latest version is another one than expected.
            StoreUnavailableError: it could not be kept; nothing changed.
        """

    async def roll_back(self, number: int, publisher: Publisher, terms: Terms) -> PublishOutcome:
        """Publish an earlier version again, as a new one.

        Raises:
            UnknownVersionError: there is none with this number.
            Exception: as `publish`.
        """
