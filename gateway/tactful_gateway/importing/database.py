"""Takes batches of feedback into a database with no gateway in between, by the ledger that a gateway has."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import msgspec

from tactful_gateway.clock import SystemClock
from tactful_gateway.http.counting.tally import Tally
from tactful_gateway.http.feedback.desk import Desk, take_in
from tactful_gateway.http.problems import TABLE, classify
from tactful_gateway.importing.sending import Unavailable
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.errors import LedgerBusyError
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.settings import GatewaySettings, SettingsError
from tactful_gateway.storage import open_alone
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_gateway.survey import compile_ruleset
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ruleset import Ruleset


class DatabasePost:
    """Takes bodies of `POST /v1/feedback` into a database; use it in a `with`.

    Its sinks get them from the gateway that is started on it next, or that runs beside this on PostgreSQL.
    """

    def __init__(self, settings: GatewaySettings, *, dry_run: bool) -> None:
        self._settings = settings
        self._dry_run = dry_run
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        """Open the database.

        Raises:
            StoreUnavailableError: a gateway runs on it, or it can't be opened.
            SettingsError: there is none, or nothing was ever served from it.
        """
        try:
            self._desk = self._runner.run(self._open())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the database."""
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def __call__(self, body: bytes) -> bytes:
        """Take in a body and give the answer's.

        Raises:
            Unavailable: the database can't now.
        """
        try:
            return msgspec.json.encode(self._runner.run(take_in(self._desk, body, dry_run=self._dry_run)))
        except (LedgerBusyError, StoreUnavailableError) as error:
            raise Unavailable(str(error), TABLE[classify(error).code].retry_after) from error

    async def _open(self) -> Desk:
        store = await open_alone(self._settings)
        self._stack.push_async_callback(store.close)
        rulesets, clock = Rulesets(store), SystemClock()
        rulesets.activate(await _in_force(store))
        ledger = await self._stack.enter_async_context(Ledger(store, rulesets, clock))
        return Desk(ledger, rulesets, clock, Tally())


async def _in_force(store: Store) -> CompiledRuleset:
    latest = next(iter(await store.versions(None, 1)), None)
    body = None if latest is None else await store.ruleset(latest.ruleset)
    if body is None:
        raise SettingsError("no survey folder was served or published from this database yet, to hold answers against")
    return compile_ruleset(msgspec.json.decode(body, type=Ruleset))
