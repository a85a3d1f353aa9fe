"""Wires one gateway together, and nothing else: which room gets what, and in which order they start and stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import SystemRandom
from typing import Any, Self

from starlette.types import ASGIApp

from tactful_gateway.activation import Live, Prepared
from tactful_gateway.assets import read_assets
from tactful_gateway.channels.vault import Vault
from tactful_gateway.clock import Clock, SystemClock
from tactful_gateway.consumers.group import Consumers
from tactful_gateway.consumers.operating import Operator
from tactful_gateway.couriers.group import Couriers
from tactful_gateway.couriers.messages import Letters
from tactful_gateway.couriers.sending import Office
from tactful_gateway.housekeeping import keep_up
from tactful_gateway.http.credentials.identity import IdentityVerifier
from tactful_gateway.http.credentials.keys import KeyRing
from tactful_gateway.http.credentials.lookups import Lookups
from tactful_gateway.http.credentials.tokens import TokenSigner
from tactful_gateway.http.documents import RulesetDocuments
from tactful_gateway.http.metrics import Metrics
from tactful_gateway.http.server import build
from tactful_gateway.http.services import Services
from tactful_gateway.keeping.forgetting import forget_the_old
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.settings import GatewaySettings
from tactful_gateway.store.base import Store
from tactful_gateway.store.records import KeyRecord


class Gateway:
    """A gateway over one survey folder and one store: `async with` runs it, `app` is its HTTP face.

    `source` is the folder that `prepared` came from; None for the latest version in the store (`prepare_latest`).
    `own_keys` are keys that hold for this process only. `environ` is where `${NAME}` is looked up, the process's own
    environment when None; as a default in the signature, `help()` would print it with its secrets.
    """

    def __init__(
        self,
        source: Path | None,
        prepared: Prepared,
        settings: GatewaySettings,
        store: Store,
        secret: bytes,
        *,
        own_keys: Sequence[KeyRecord] = (),
        environ: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._store, self._settings, self._clock = store, settings, clock or SystemClock()
        chance = SystemRandom().random  # an embedding host's `random` is its own, which it may have seeded
        self.consumers = Consumers(store, prepared.sinks, self._clock, chance)
        rulesets, tokens, vault = Rulesets(store), TokenSigner(secret), Vault(secret)
        database = settings.database()
        self.services = Services(
            store=store,
            operator=Operator(store, self.consumers, self._clock),
            ledger=Ledger(store, rulesets, self._clock, random=entropy),
            rulesets=rulesets,
            clock=self._clock,
            keys=KeyRing(store, own_keys),
            tokens=tokens,
            vault=vault,
            identity=IdentityVerifier(settings.secrets()),
            metrics=Metrics(),
            random=entropy,
            lookups=Lookups(store, tokens),
            public_url=settings.address(),
            assets=read_assets(),
            data=None if database is None else database.absolute().parent,
            documents=RulesetDocuments(rulesets, settings.refresh),
        )
        letters = Letters(rulesets, vault, tokens, self.services.public_url)
        office = Office(self.services.ledger, letters, self._clock, chance, self.services.new_invitation)
        self.couriers = Couriers(store, prepared.channels, office)
        self.services.channels = self.couriers.status
        self.app: ASGIApp = build(self.services, version=version("tactful"), body_timeout=settings.body_timeout)
        environ = os.environ if environ is None else environ
        self.live = Live(source, prepared, self.services, self.consumers, self.couriers, environ)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Put the ruleset in force and start what goes on beside requests; what started stops again on an error."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._store.close)
            await self.services.keys.refresh()
            await stack.enter_async_context(self.consumers)
            await stack.enter_async_context(self.services.ledger)
            self.services.ledger.on_commit(self.consumers.wake)
            await self.live.start()
            await stack.enter_async_context(self.couriers)
            self.services.ledger.on_commit(self.couriers.wake)
            self._run(stack, "keys", partial(self.services.keys.keep_fresh, self._clock))
            told = self._settings.retention(), self.services.metrics.held
            self._run(stack, "forgetting", partial(forget_the_old, self._store, self._clock, *told))
            if self._store.shared:
                self._run(stack, "following", self.live.follow)
            if self._settings.watch and self.live.source is not None:
                self._run(stack, "watching", self.live.watch)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop housekeeping and sending, commit what was submitted, let deliveries finish, close the store."""
        await self._stack.aclose()

    def _run(self, stack: AsyncExitStack, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.create_task(keep_up(name, work, self._clock))

        async def stop() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        stack.push_async_callback(stop)
