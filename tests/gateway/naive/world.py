"""The real ledger with a clock that is set by hand, over the memory store or a SQLite file, driven from plain code."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from tactful_gateway.ledger.commands import Command
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.store.base import Changes, Keys, State, Store
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import InvitationRecord, WakeUp
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.compiled import CompiledRuleset
from tactful_rules.model.ids import Instant, Span
from tactful_rules.model.person import PersonState, QuotaUse
from tactful_rules.model.ruleset import Ruleset

T = TypeVar("T")


class HandClock:
    """Stands until it is set."""

    def __init__(self, now: Instant) -> None:
        self.at = now

    def now(self) -> Instant:
        """Give what it was set to."""
        return self.at

    async def sleep(self, span: Span) -> None:
        """Wait for nothing."""


class World:
    """A ledger that can be restarted and given another ruleset."""

    def __init__(self, ruleset: Ruleset, now: Instant, path: Path | None = None) -> None:
        self.clock = HandClock(now)
        self._path = path
        self._runner = asyncio.Runner()
        self._ruleset = ruleset
        self._memory = MemoryStore()
        self._run(self._open())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    async def _open(self) -> None:
        self.store: Store = self._memory if self._path is None else await SqliteStore.open(self._path)
        self._rulesets = Rulesets(self.store)
        self._rulesets.activate(CompiledRuleset(self._ruleset))
        self._ledger = Ledger(self.store, self._rulesets, self.clock, source="naive")
        await self._ledger.__aenter__()

    async def _close(self) -> None:
        await self._ledger.close()
        if self._path is not None:
            await self.store.close()

    def restart(self) -> None:
        """Stop and start again, with what the store kept and nothing else."""
        self._run(self._close())
        self._run(self._open())

    def close(self) -> None:
        """Stop for good."""
        self._run(self._close())
        self._runner.close()

    def activate(self, ruleset: Ruleset) -> None:
        """Put another ruleset in force."""
        self._ruleset = ruleset
        self._rulesets.activate(CompiledRuleset(ruleset))

    def do(self, command: Command) -> Any:
        """Carry out a command and give its reply."""
        return self._run(self._ledger.submit(command))

    def due(self, lane: str, now: Instant) -> list[WakeUp]:
        """Give a lane's wake-ups whose instant has come."""
        return list(self._run(self.store.due(lane, now, 1_000)))

    def person(self, person: str) -> PersonState:
        """Give what is kept of a person."""
        return self._run(self.store.person(person))

    def record(self, lookup: bytes) -> InvitationRecord:
        """Give an invitation as it is kept."""
        found = self._run(self.store.invitation(lookup))
        assert found is not None
        return found

    def quotas(self, *rules: str) -> dict[str, QuotaUse]:
        """Give what is kept of quotas."""
        found: list[State] = []

        def look(loaded: State) -> Changes:
            found.append(loaded)
            return Changes()

        self._run(self.store.transact(Keys(quotas=frozenset(rules)), look))
        return found[0].quotas
