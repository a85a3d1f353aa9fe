"""From a survey folder to what is live: loaded, tried, its `${NAME}`s resolved, its sinks built, then put in force."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import structlog
from msgspec import Struct
from msgspec.structs import replace
from watchfiles import Change, awatch
from watchfiles.main import FileChange

from tactful_gateway.clock import Clock
from tactful_gateway.consumers.group import Consumers, Sinks
from tactful_gateway.http.services import Services
from tactful_gateway.sinks.registry import SinkOptionsError, build
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.survey import check_survey
from tactful_rules.model.folder import SourceProblem, SurveyFolder
from tactful_rules.model.ids import SECOND
from tactful_rules.source import MissingVariablesError, resolve

SETTLE = 200
"""Milliseconds of quiet in the folder before it is read: editors write in several steps."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class NotReadyError(Exception):
    """The survey folder can't go live; `problems` are those with a place in a file."""

    def __init__(self, message: str, problems: tuple[SourceProblem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class Prepared(Struct, frozen=True):
    """A survey folder that can go live, with its sinks built but not opened, and the warnings it has."""

    folder: SurveyFolder
    sinks: Sinks
    problems: tuple[SourceProblem, ...] = ()


def prepare(source: Path, environ: Mapping[str, str], clock: Clock) -> Prepared:
    """Load a survey folder, run the tests that stand in it and build what it configures.

    Raises:
        NotReadyError: with every problem found; no message holds a value of the environment.
    """
    if not source.is_dir():
        raise NotReadyError(f"{source} is not a folder")
    loaded = check_survey(source, clock.now())
    if loaded.folder is None or loaded.errors:
        raise NotReadyError(f"{len(loaded.errors)} problem(s) in {source}", loaded.errors)
    missing = _missing_in_channels(loaded.folder, environ)
    sinks = {}
    for name, config in loaded.folder.sinks.items():
        try:
            resolved = replace(config, options=resolve(config.options, environ))
            sinks[name] = (resolved, build(resolved, clock))
        except MissingVariablesError as error:
            missing |= dict.fromkeys(error.names)
        except SinkOptionsError as error:
            raise NotReadyError(str(error)) from error
    if missing:
        raise NotReadyError(f"these environment variables are not set: {', '.join(missing)}")
    return Prepared(loaded.folder, sinks, loaded.problems)


def _missing_in_channels(folder: SurveyFolder, environ: Mapping[str, str]) -> dict[str, None]:
    missing: dict[str, None] = {}
    for channel in folder.channels.values():
        try:
            resolve(channel.options, environ)
        except MissingVariablesError as error:
            missing |= dict.fromkeys(error.names)
    return missing


class Live:
    """What is in force now, and the way to something newer."""

    def __init__(
        self, source: Path, prepared: Prepared, services: Services, consumers: Consumers, environ: Mapping[str, str]
    ) -> None:
        self.source = source
        self.prepared = prepared
        self._services = services
        self._consumers = consumers
        self._environ = environ
        self._one_at_a_time = asyncio.Lock()
        self._read = _identity(source)

    async def start(self) -> None:
        """Put the first version in force; its sinks start with the consumers.

        Raises:
            StoreUnavailableError: the ruleset could not be kept.
        """
        await self._activate(self.prepared)

    async def reload(self) -> None:
        """Look at the survey folder again; a bad one changes nothing but the readiness report, the log and a metric."""
        services = self._services
        async with self._one_at_a_time:
            self._read = _identity(self.source)
            try:
                prepared = await asyncio.to_thread(prepare, self.source, self._environ, services.clock)
                await self._activate(prepared)
            except (NotReadyError, StoreUnavailableError) as error:
                self._reject(error)
                return
            await self._consumers.replace(prepared.sinks)
            self.prepared, services.rejected = prepared, ()
            services.metrics.reload("activated")
            log.info("reload_activated", ruleset=services.rulesets.active.version, sinks=sorted(prepared.sinks))

    async def watch(self) -> None:
        """Reload after each change of a YAML file in or below the folder, for ever.

        A folder can also be replaced as a whole, as deployments do; its watcher would go on watching the old one.
        """
        while True:
            await self._watch_until_replaced()
            await self.reload()

    async def _watch_until_replaced(self) -> None:
        watched = self._read
        if watched is None:
            while _identity(self.source) is None:
                await self._services.clock.sleep(SECOND)
            return
        with contextlib.suppress(FileNotFoundError):  # it went before the watcher came
            async for changes in _changes(self.source):
                if _identity(self.source) != watched:
                    return
                if changes:
                    await self.reload()

    async def _activate(self, prepared: Prepared) -> None:
        compiled = await self._services.rulesets.activate(prepared.folder.ruleset, self._services.clock.now())
        self._services.metrics.ruleset(compiled.version)

    def _reject(self, error: NotReadyError | StoreUnavailableError) -> None:
        services = self._services
        problems = error.problems if isinstance(error, NotReadyError) else ()
        # /readyz is public: it gets the places, the log gets the whole story.
        services.rejected = tuple(_place(problem) for problem in problems) or ("see the log",)
        services.metrics.reload("rejected")
        log.error(
            "reload_rejected",
            error=str(error),
            problems=[str(problem) for problem in problems],
            still_live=services.rulesets.active.version,
        )


def _changes(folder: Path) -> AsyncGenerator[set[FileChange], None]:
    """Watch a folder; gives a set a second at least, an empty one when nothing changed."""
    return awatch(
        folder, watch_filter=_matters, debounce=5 * SETTLE, step=SETTLE, rust_timeout=SECOND, yield_on_timeout=True
    )


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tell which folder stands at a path now, None when there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _matters(change: Change, path: str) -> bool:
    # Kubernetes swaps a whole mounted folder by turning its link `..data`.
    return path.endswith((".yaml", ".yml", "..data"))


def _place(problem: SourceProblem) -> str:
    position = problem.position
    return f"{position.file}:{position.line}:{position.column}: {problem.code}"
