"""What is in force now, and the one way to something newer, whether it comes from a folder or from a publisher."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog

from tactful_gateway.activation.prepare import (
    Prepared,
    content_of,
    prepare,
    prepare_files,
    prepare_latest,
)
from tactful_gateway.activation.watch import Identity, identify, watch
from tactful_gateway.consumers.group import Consumers
from tactful_gateway.consumers.runner import consumer_of
from tactful_gateway.couriers.group import Couriers
from tactful_gateway.http.services import Services
from tactful_gateway.ledger.apply.publishing import is_expected
from tactful_gateway.ledger.commands import Publish, Published, Refused
from tactful_gateway.ledger.errors import LedgerBusyError
from tactful_gateway.ledger.rulesets import longest_life
from tactful_gateway.logs import place_of_error
from tactful_gateway.publishing.differences import Differences, compare
from tactful_gateway.publishing.wanted import (
    FolderServedError,
    NotReadyError,
    Publisher,
    PublishOutcome,
    Result,
    Terms,
    UnknownVersionError,
    VersionConflictError,
)
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.records import Origin, Publication, VersionRecord
from tactful_rules.model.folder import SourceProblem
from tactful_rules.model.ids import SECOND, Span

T = TypeVar("T")
ANYBODY = Publisher("", "")
"""Who publishes what is in a folder."""
AGAIN: Span = 2 * SECOND
"""The wait before a reload is tried again that the store could not keep."""

FOLLOW: Span = SECOND
"""How often other gateways over the same database are looked after."""

NO_URL = "set public_url, the address at which the world reaches the gateway's pages"

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Live:
    """Serves the folder `source`, or the latest version in the store where that is None."""

    def __init__(
        self,
        source: Path | None,
        prepared: Prepared,
        services: Services,
        consumers: Consumers,
        couriers: Couriers,
        environ: Mapping[str, str],
    ) -> None:
        self.source = source
        self.prepared = prepared
        self._services = services
        self._consumers = consumers
        self._couriers = couriers
        self._environ = environ
        self._one_at_a_time, self._dry_runs = asyncio.Lock(), asyncio.Lock()
        self._read: Identity = None if source is None else identify(source)
        services.publishing = self
        services.source = "published" if source is None else "folder"
        self._put_in_force(prepared)

    async def start(self) -> None:
        """Keep the first version, before anything is decided under it; its sinks start with the consumers.

        Raises:
            StoreUnavailableError: it could not be kept.
        """
        prepared = self.prepared
        before = next(iter(await self._services.store.versions(None, 1)), None)
        if self.source is not None or prepared.version is not None:
            # Another gateway may have published in the meantime: that is not to be undone, but followed.
            expected = None if prepared.version is None else prepared.version.number
            try:
                same = await self._commit(prepared, self._found(prepared), Terms(expected=expected))
            except VersionConflictError:
                await self._adopt()
                return
            if self.source is not None and not same:
                _warn_of_superseded(before)

    async def reload(self) -> None:
        """Look at the source again; a bad one changes nothing but the readiness report, the log and a metric.

        While the store can't keep it, it is tried again and again: no later change may come that would do so.
        """
        while True:
            try:
                await self._reload()
            except (StoreUnavailableError, LedgerBusyError) as error:
                self._reject(str(error), again_in_ms=AGAIN)
                await self._services.clock.sleep(AGAIN)
                continue
            except NotReadyError as error:
                self._reject(str(error), error.problems)
            except Exception as error:  # noqa: BLE001 - a plug-in may raise anything, and the next reload must come
                self._reject(f"unexpected {type(error).__name__}", trace=place_of_error(error))
            return

    async def _reload(self) -> None:
        services = self._services
        async with self._one_at_a_time:
            prepared = await self._look()
            if prepared.content == self.prepared.content:
                self._accept()
                services.metrics.reload("unchanged")
                log.info("reload_unchanged", **self._said())
                return
            same = await self._take_over(prepared, self._found(prepared), Terms())
            services.metrics.reload("unchanged" if same else "activated")
            log.info("reload_activated", **self._said())

    async def publish(self, files: Mapping[str, str], publisher: Publisher, terms: Terms) -> PublishOutcome:
        """Check a survey folder and put it in force, durably; see `Publishing`."""
        return await _to_the_end(self._publish(files, publisher, terms))

    async def roll_back(self, number: int, publisher: Publisher, terms: Terms) -> PublishOutcome:
        """Publish an earlier version again, as a new one; see `Publishing`."""
        store = self._services.store
        found = await store.version(number)
        files = None if found is None else await store.files(found.content)
        if files is None:
            raise UnknownVersionError
        return await _to_the_end(self._publish(files, publisher, terms, number))

    async def watch(self) -> None:
        """Reload after each change of the folder, for ever."""
        assert self.source is not None
        await watch(self.source, lambda: self._read, self.reload, self._services.clock)

    async def follow(self) -> None:
        """Take up what other gateways over the same database did: events for our sinks, and what they published."""
        refused: VersionRecord | None = None
        while True:
            await self._services.clock.sleep(FOLLOW)
            self._consumers.wake()
            if self.source is not None:
                continue
            try:
                latest = await self._latest()
                if latest not in (None, self._services.version, refused):
                    async with self._one_at_a_time:
                        await self._adopt()
            except StoreUnavailableError as error:
                log.warning("versions_not_followed", error=str(error))
            except NotReadyError as error:
                refused = latest
                self._reject(str(error), error.problems)

    async def _latest(self) -> VersionRecord | None:
        """Give the latest version, which another gateway may have published a moment ago."""
        services = self._services
        if self.source is not None or not services.store.shared:
            return services.version
        return next(iter(await services.store.versions(None, 1)), None)

    async def _adopt(self) -> None:
        """Put in force what another gateway published, writing nothing: two Tactfuls would upgrade each other's."""
        services = self._services
        prepared = await prepare_latest(services.store, self._environ, services.clock)
        if await services.store.ruleset(prepared.compiled.version) is None:
            raise NotReadyError("another version of Tactful published it: run the same one on all gateways")
        self._refuse_unreachable(prepared)
        services.version = prepared.version
        self._put_in_force(prepared)
        self._accept()
        await self._consumers.replace(prepared.sinks)
        await self._couriers.replace(prepared.channels)
        log.info("followed", **self._said())
        self.warn_of_links()

    def warn_of_links(self) -> None:
        """Say in the log that messages link to where the gateway listens, if nobody told how the world reaches it."""
        channels, services = self.prepared.channels, self._services
        if services.url_is_guessed and channels:
            effect = f"messages over {', '.join(channels)} link to {services.public_url}"
            log.warning("no_public_url", effect=effect, remedy="--public-url, or TACTFUL_PUBLIC_URL")

    def _refuse_unreachable(self, prepared: Prepared) -> None:
        if prepared.channels and not self._services.public_url:
            raise NotReadyError(f"{' and '.join(prepared.channels)} would send links to nowhere: {NO_URL}")

    async def _look(self) -> Prepared:
        services = self._services
        if self.source is None:
            return await prepare_latest(services.store, self._environ, services.clock)
        self._read = identify(self.source)
        return await asyncio.to_thread(prepare, self.source, self._environ, services.clock)

    async def _publish(
        self, files: Mapping[str, str], publisher: Publisher, terms: Terms, of: int | None = None
    ) -> PublishOutcome:
        if self.source is not None and not terms.dry_run:
            raise FolderServedError
        services = self._services
        # A dry run waits for other dry runs alone: what is meant to go live must not wait for a job that tries.
        async with self._dry_runs if terms.dry_run else self._one_at_a_time:
            latest = await self._latest()
            if latest not in (None, services.version) and not terms.dry_run:
                with contextlib.suppress(NotReadyError):  # what is published now may be what mends it
                    await self._adopt()
            live, version = self.prepared, services.version
            same = version is not None and version == latest and content_of(files) == live.content
            number = 0 if latest is None else latest.number
            # Both are asked to spare the check; the ledger asks again, for an answer of its may have been lost.
            if not is_expected(number, terms.expected, same=same):
                raise VersionConflictError(
                    f"{f'Version {number}' if number else 'None'} is the latest, not {terms.expected}."
                )
            if same:
                # A job that runs again costs no second check: what is live was checked, in this very environment.
                return PublishOutcome("unchanged", version, Differences(), live.folder, self._problems(live))
            prepared = await self._check(files, publisher, terms)
            result: Result = "dry_run"
            if not terms.dry_run:
                origin: Origin = "published" if of is None else "rolled_back"
                same = await self._take_over(prepared, self._publication(prepared, publisher, origin, of), terms)
                result, version = "unchanged" if same else "published", services.version
                log.info(result, by=publisher.by, name=publisher.name, of=of, **self._said())
            differences = compare(live.folder, prepared.folder)
            return PublishOutcome(result, version, differences, prepared.folder, self._problems(prepared))

    async def _check(self, files: Mapping[str, str], publisher: Publisher, terms: Terms) -> Prepared:
        try:
            return await asyncio.to_thread(prepare_files, files, self._environ, self._services.clock)
        except NotReadyError as error:
            self._refuse(publisher, error, terms)
            raise

    def _problems(self, prepared: Prepared) -> tuple[SourceProblem, ...]:
        """Give the warnings of a folder that is live, or could be: a publisher may never see the gateway's log."""
        unlinked = prepared.unlinked if self._services.url_is_guessed else ()
        return tuple(sorted((*prepared.problems, *unlinked), key=lambda problem: problem.position))

    async def _take_over(self, prepared: Prepared, publication: Publication, terms: Terms) -> bool:
        """Make it durable, put it in force, start what delivers; tells whether it was the latest version already."""
        duplicate = await self._commit(prepared, publication, terms)
        self._accept()
        await self._consumers.replace(prepared.sinks)
        await self._couriers.replace(prepared.channels)
        self.warn_of_links()
        return duplicate

    async def _commit(self, prepared: Prepared, publication: Publication, terms: Terms) -> bool:
        services = self._services
        self._refuse_unreachable(prepared)
        reply = await services.ledger.submit(Publish(publication, terms.expected))
        if isinstance(reply, Refused):
            raise VersionConflictError
        assert isinstance(reply, Published)
        services.version = reply.version
        self._put_in_force(prepared)
        return reply.duplicate

    def _put_in_force(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self._services.rulesets.activate(prepared.compiled)
        self._services.metrics.ruleset(prepared.compiled.version)

    def _found(self, prepared: Prepared) -> Publication:
        """Give what nobody published: it was found in the folder, or in the store by a newer Tactful."""
        if prepared.version is None:
            return self._publication(prepared, ANYBODY, "folder")
        return self._publication(prepared, ANYBODY, "upgraded", prepared.version.number)

    def _publication(
        self, prepared: Prepared, publisher: Publisher, origin: Origin, of: int | None = None
    ) -> Publication:
        version = VersionRecord(
            number=0,
            at=0,
            content=prepared.content,
            ruleset=prepared.compiled.version,
            origin=origin,
            lasts=longest_life(prepared.folder.ruleset),
            by=publisher.by,
            name=publisher.name,
            message=publisher.message,
            of=of,
        )
        # What is decided under it belongs to its new sinks: also while they start, and if a crash comes before that.
        new = tuple(consumer_of(name) for name, (config, _) in prepared.sinks.items() if config.from_ == "now")
        return Publication(version, prepared.files, msgspec.json.encode(prepared.folder.ruleset), new)

    def _said(self) -> dict[str, Any]:
        version = self._services.version
        return {
            "version": None if version is None else version.number,
            "ruleset": self._services.rulesets.active.version,
            "sinks": sorted(self.prepared.sinks),
        }

    def _refuse(self, publisher: Publisher, error: NotReadyError, terms: Terms) -> None:
        log.warning("publishing_refused", by=publisher.by, name=publisher.name, dry_run=terms.dry_run, error=str(error))

    def _accept(self) -> None:
        """Take back what was rejected, as loudly as it was told: whoever logs no more than warnings saw it go wrong."""
        if self._services.rejected:
            self._services.rejected = ()
            log.warning("reload_in_force_again", **self._said())

    def _reject(self, error: str, problems: tuple[SourceProblem, ...] = (), **more: object) -> None:
        services = self._services
        # /readyz gets the places, for those who send a key, and the log the whole story.
        services.rejected = tuple(_place(problem) for problem in problems) or ("see the log",)
        services.metrics.reload("rejected")
        log.error(
            "reload_rejected",
            error=error,
            problems=[str(problem) for problem in problems],
            still_live=services.rulesets.active.version,
            **more,
        )


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Do it all even if whoever waits goes away: what is committed must go live, or the two would differ."""
    return await asyncio.shield(asyncio.ensure_future(work))


def _warn_of_superseded(version: VersionRecord | None) -> None:
    if version is not None and version.origin in ("published", "rolled_back"):
        remedy = f"tactful serve without a folder, then: tactful ruleset rollback {version.number}"
        log.warning("published_version_superseded", version=version.number, name=version.name, remedy=remedy)


def _place(problem: SourceProblem) -> str:
    position = problem.position
    return f"{position.file}:{position.line}:{position.column}: {problem.code}"
