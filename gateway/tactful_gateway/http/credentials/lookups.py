"""Finds the invitation behind a token; what never changes about it is remembered, so that most answers need no read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from msgspec import Struct

from tactful_gateway.http.credentials.tokens import TokenSigner, decode_token, lookup_of
from tactful_gateway.http.problems import ApiError
from tactful_gateway.store.base import Store
from tactful_gateway.store.records import InvitationRecord

REMEMBERED = 20_000


class Pointer(Struct, frozen=True):
    """What never changes about an invitation: enough to name it in a command."""

    invitation: str
    person: str
    rule: str
    touchpoint: str
    questionnaire: str
    ruleset: str


class Lookups:
    """From token to invitation, with the token checked.

    Pointers are remembered under the whole token, so only the very token finds one. How long that takes tells nothing
    about the others: texts are compared only where their keyed hashes are equal.
    """

    def __init__(self, store: Store, tokens: TokenSigner) -> None:
        self._store = store
        self._tokens = tokens
        self._known: OrderedDict[str, Pointer] = OrderedDict()

    def known(self, token: str) -> Pointer | None:
        """Give what never changes about a token's invitation, if that is remembered."""
        return self._known.get(token)

    async def pointer(self, token: str) -> Pointer:
        """Give the same, read where it is not remembered.

        Raises:
            ApiError: `unknown_invitation`, also for a token that was tampered with.
        """
        return self._known.get(token) or self.remember(await self._find(token), token)

    async def record(self, token: str) -> InvitationRecord:
        """Read a token's invitation as it stands now.

        Raises:
            ApiError: `unknown_invitation`, also for a token that was tampered with.
        """
        record = await self._find(token)
        self.remember(record, token)
        return record

    def remember(self, record: InvitationRecord, token: str) -> Pointer:
        """Keep what never changes about an invitation that was just seen or made; `token` must be its own."""
        pointer = Pointer(
            record.id, record.person, record.rule, record.touchpoint, record.questionnaire, record.ruleset
        )
        self._known[token] = pointer
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return pointer

    def forget(self, persons: Collection[str]) -> None:
        """Remember nothing of these persons' invitations any more."""
        for token in [token for token, pointer in self._known.items() if pointer.person in persons]:
            del self._known[token]

    async def _find(self, token: str) -> InvitationRecord:
        raw = decode_token(token)
        record = None if raw is None else await self._store.invitation(lookup_of(raw))
        if record is None or not self._tokens.verify(token, record.id, record.expires_at):
            raise ApiError("unknown_invitation")
        return record
