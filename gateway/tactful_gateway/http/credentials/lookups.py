"""Finds the invitation behind a token; what never changes about it is remembered, so that most answers need no read."""

from __future__ import annotations

import hmac
from collections import OrderedDict

from msgspec import Struct

from tactful_gateway.http.credentials.tokens import TokenSigner, decode_token, lookup_of
from tactful_gateway.http.problems import ApiError
from tactful_gateway.store.base import Store
from tactful_gateway.store.records import InvitationRecord

REMEMBERED = 20_000


class Pointer(Struct, frozen=True):
    """What never changes about an invitation: enough to check its token and to name it in a command."""

    invitation: str
    person: str
    rule: str
    touchpoint: str
    questionnaire: str
    ruleset: str
    token: bytes


class Lookups:
    """From token to invitation, with the token checked."""

    def __init__(self, store: Store, tokens: TokenSigner) -> None:
        self._store = store
        self._tokens = tokens
        self._known: OrderedDict[bytes, Pointer] = OrderedDict()

    async def pointer(self, token: str) -> Pointer:
        """Give what never changes about a token's invitation.

        Raises:
            ApiError: `unknown_invitation`, also for a token that was tampered with.
        """
        raw = decode_token(token)
        if raw is None:
            raise ApiError("unknown_invitation")
        known = self._known.get(lookup_of(raw))
        if known is None:
            return self.remember(await self._find(raw))
        if not hmac.compare_digest(raw, known.token):
            raise ApiError("unknown_invitation")
        return known

    async def record(self, token: str) -> InvitationRecord:
        """Read a token's invitation as it stands now.

        Raises:
            ApiError: `unknown_invitation`, also for a token that was tampered with.
        """
        raw = decode_token(token)
        if raw is None:
            raise ApiError("unknown_invitation")
        record = await self._find(raw)
        self.remember(record)
        return record

    def remember(self, record: InvitationRecord) -> Pointer:
        """Keep what never changes about an invitation that was just seen or made."""
        pointer = Pointer(
            record.id,
            record.person,
            record.rule,
            record.touchpoint,
            record.questionnaire,
            record.ruleset,
            self._tokens.raw(record.id, record.expires_at),
        )
        self._known[record.lookup] = pointer
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return pointer

    async def _find(self, raw: bytes) -> InvitationRecord:
        record = await self._store.invitation(lookup_of(raw))
        if record is None or not hmac.compare_digest(raw, self._tokens.raw(record.id, record.expires_at)):
            raise ApiError("unknown_invitation")
        return record
