"""Makes of a survey folder's files what can go live: everything slow and everything that may fail happens here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tactful_gateway.activation.building import Builder
from tactful_gateway.activation.environment import line_at, place_of
from tactful_gateway.clock import Clock
from tactful_gateway.consumers.group import Sinks
from tactful_gateway.couriers.group import Channels
from tactful_gateway.publishing.wanted import NotReadyError
from tactful_gateway.store.base import Store
from tactful_gateway.store.records import VersionRecord
from tactful_gateway.survey import check_survey, check_texts, compile_ruleset, read_texts
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.folder import Loaded, SourceProblem, SurveyFolder
from tactful_rules.model.ruleset import ON_SCREEN_KINDS


class Prepared(Struct, frozen=True):
    """A survey folder that can go live: its rules compiled, what delivers built but not opened, and its warnings.

    `channels` are those that send; the others have nothing to build.
    `unlinked` are the warnings that hold besides where nobody told how the world reaches the gateway.
    `content` is the SHA-256 of `files`, the texts that it was made of. `version` is the one it was published as, where
    it was read from the store.
    """

    folder: SurveyFolder
    compiled: CompiledRuleset
    sinks: Sinks
    channels: Channels
    files: dict[str, str]
    content: str
    problems: tuple[SourceProblem, ...] = ()
    unlinked: tuple[SourceProblem, ...] = ()
    version: VersionRecord | None = None


def prepare(source: Path, environ: Mapping[str, str], clock: Clock) -> Prepared:
    """Load a survey folder, run the tests that stand in it and build what it configures.

    Raises:
        NotReadyError: with every problem found; no message holds a value of the environment.
    """
    if not source.is_dir():
        raise NotReadyError(f"{source} is not a folder")
    return _build(check_survey(source, clock.now()), f"in {source}", environ, clock)


def prepare_files(files: Mapping[str, str], environ: Mapping[str, str], clock: Clock) -> Prepared:
    """Do the same for a survey folder that was sent.

    Raises:
        NotReadyError: as `prepare`.
    """
    return _build(check_texts(files, clock.now()), "in the files", environ, clock)


async def prepare_latest(store: Store, environ: Mapping[str, str], clock: Clock) -> Prepared:
    """Make the latest version in the store ready again, or a survey folder without anything when there is none.

    Its inline tests are not run again: they held when it was published, and one that grew old must not keep the gateway
    down.

    Raises:
        NotReadyError: the environment lacks something now, or this Tactful no longer takes what an older one did.
    """
    latest = next(iter(await store.versions(None, 1)), None)
    if latest is None:
        return _read_again({}, "in nothing", environ, clock)
    files = await store.files(latest.content)
    if files is None:
        raise NotReadyError(f"the files of version {latest.number} are gone from the database: restore a backup")
    again = await asyncio.to_thread(_read_again, files, f"in version {latest.number}", environ, clock)
    return replace(again, version=latest)


def content_of(files: Mapping[str, str]) -> str:
    """Give the SHA-256 of files, the same whatever their order."""
    return sha256(msgspec.json.encode(sorted(files.items()))).hexdigest()


def _read_again(files: Mapping[str, str], where: str, environ: Mapping[str, str], clock: Clock) -> Prepared:
    return _build(read_texts(files), where, environ, clock)


def _build(loaded: Loaded, where: str, environ: Mapping[str, str], clock: Clock) -> Prepared:
    warnings = tuple(problem for problem in loaded.problems if problem.severity == "warning")
    folder = loaded.folder
    if folder is None or loaded.errors:
        many = "" if len(loaded.errors) == 1 else "s"
        raise NotReadyError(f"{len(loaded.errors)} problem{many} {where}", loaded.errors, warnings)
    builder = Builder(loaded, environ, clock)
    sinks = {name: built for name, config in folder.sinks.items() if (built := builder.sink(config)) is not None}
    sent = [config for config in folder.channels.values() if config.kind not in ON_SCREEN_KINDS]
    channels = {config.id: courier for config in sent if (courier := builder.channel(config)) is not None}
    if builder.problems:
        problems = tuple(sorted(builder.problems, key=lambda problem: problem.position))
        raise NotReadyError(builder.summary(), problems, warnings)
    compiled = compile_ruleset(folder.ruleset)
    unlinked = tuple(_unlinked(channel, loaded) for channel in channels)
    return Prepared(
        folder, compiled, sinks, channels, loaded.files, content_of(loaded.files), loaded.problems, unlinked
    )


def _unlinked(channel: str, loaded: Loaded) -> SourceProblem:
    place = place_of(("channels", channel), loaded)
    message = (
        f"messages over `{channel}` link to where the gateway listens, since nobody told it how the world reaches it"
    )
    hint = "start it with --public-url, or TACTFUL_PUBLIC_URL"
    return SourceProblem(place, "no_public_url", message, hint, "warning", line_at(place, loaded))
