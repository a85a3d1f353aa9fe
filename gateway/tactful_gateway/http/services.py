"""What the endpoints work with; `app.py` puts it together, tests may put it together differently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tactful_gateway.assets import Assets
from tactful_gateway.channels.vault import Vault
from tactful_gateway.clock import Clock
from tactful_gateway.consumers.operating import Operator
from tactful_gateway.couriers.status import ChannelStatus
from tactful_gateway.http.credentials.identity import IdentityVerifier
from tactful_gateway.http.credentials.keys import KeyRing
from tactful_gateway.http.credentials.lookups import Lookups
from tactful_gateway.http.credentials.refusals import Refusals
from tactful_gateway.http.credentials.tokens import TokenSigner
from tactful_gateway.http.documents import RulesetDocuments
from tactful_gateway.http.metrics import Metrics
from tactful_gateway.http.reading.reach import StrangeChannels
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.logs import Seldom
from tactful_gateway.publishing.wanted import Publishing
from tactful_gateway.store.asking import Asking
from tactful_gateway.store.base import Store
from tactful_gateway.store.records import VersionRecord
from tactful_rules.model.ids import uuid7


def no_channels() -> Sequence[ChannelStatus]:
    """Give the states of no channels."""
    return ()


@dataclass(slots=True, kw_only=True)
class Services:
    """The rooms below, and what is known of the world outside.

    `random(n)` gives n random bytes. `data` is the folder whose free disk decides readiness, None for a gateway that
    keeps nothing on disk. `rejected` is what was wrong with the latest refused version of the survey folder, `version`
    the one in force. Whoever explains has the turn `explaining`. `not_ready` says when it is logged again
    why the gateway is not. `check` asks whether the store could commit, `journal` how long the journal is and what is
    scheduled by lane.
    """

    store: Store
    operator: Operator
    ledger: Ledger
    rulesets: Rulesets
    clock: Clock
    keys: KeyRing
    tokens: TokenSigner
    vault: Vault
    identity: IdentityVerifier
    metrics: Metrics
    random: Callable[[int], bytes]
    lookups: Lookups
    documents: RulesetDocuments
    public_url: str = ""
    url_is_guessed: bool = False
    assets: Assets | None = None
    data: Path | None = None
    channels: Callable[[], Sequence[ChannelStatus]] = no_channels
    rejected: tuple[str, ...] = field(default=())
    source: Literal["folder", "published"] = "folder"
    publishing: Publishing | None = None
    version: VersionRecord | None = None
    refusals: Refusals = field(default_factory=Refusals)
    strange_channels: StrangeChannels = field(default_factory=StrangeChannels)
    explaining: asyncio.Lock = field(default_factory=asyncio.Lock)
    not_ready: Seldom = field(default_factory=Seldom)
    check: Asking[None] = field(init=False)
    journal: Asking[tuple[int, Mapping[str, int]]] = field(init=False)

    def __post_init__(self) -> None:
        """Make what probes and scrapes ask the store by."""
        self.check, self.journal = Asking(self.store.check), Asking(self._look_at_journal)

    async def _look_at_journal(self) -> tuple[int, Mapping[str, int]]:
        return await self.store.head(), await self.store.scheduled()

    def new_invitation(self) -> tuple[str, bytes]:
        """Name an invitation that may be made: its id, and what is stored in its token's place."""
        invitation = self.new_id()
        return invitation, self.tokens.lookup(invitation)

    def new_id(self) -> str:
        """Make a UUIDv7."""
        return uuid7(self.clock.now(), self.random(10))

    def link(self, token: str) -> str:
        """Give the address of an invitation's hosted page; "" where nobody said how the world reaches the gateway."""
        return f"{self.public_url}/i/{token}" if self.public_url else ""
