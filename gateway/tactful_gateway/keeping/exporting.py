"""Writes everything kept of a person as one JSON document, a page at a time: a heavy person fills no memory.

What happens meanwhile may be in it or not: each page is a look of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, get_args

import msgspec

from tactful_gateway.channels.vault import Vault, VaultError
from tactful_gateway.keeping.model import (
    KeptDecision,
    KeptEvent,
    KeptState,
    KeptWakeUp,
)
from tactful_gateway.ledger.apply import facts
from tactful_gateway.store.base import Store
from tactful_gateway.store.personal.base import START, Decided, Item, Kind, place_of
from tactful_gateway.store.records import DeadLetter, InvitationRecord, JournalRow, WakeUp
from tactful_rules.model.ids import Instant, rfc3339
from tactful_rules.model.person import NOBODY, PersonState

PAGE = 100
_encode = msgspec.json.encode
Shown = dict[str, Any] | KeptDecision | KeptWakeUp


async def export_person(store: Store, vault: Vault, person: str, now: Instant) -> AsyncIterator[bytes]:
    """Give the parts of a `PersonExport`.

    Raises:
        StoreUnavailableError: the store can't be read now; what was given until then is no document.
    """
    ids = await store.personal.ids(person)
    states = [(id_, await store.person(id_)) for id_ in ids]
    head = {
        "person": person,
        "at": rfc3339(now),
        "ids": ids,
        "states": [_state(id_, state) for id_, state in states if state != NOBODY],
    }
    yield _encode(head)[:-1]
    for kind in get_args(Kind):
        yield b',"%s":[' % kind.encode()
        before = b""
        for id_ in ids:
            async for page in _pages(store, kind, id_):
                yield before + b",".join(_encode(_shown(item, vault)) for item in page)
                before = b","
        yield b"]"
    yield b"}"


async def _pages(store: Store, kind: Kind, id_: str) -> AsyncIterator[Sequence[Item]]:
    place = START[kind]
    while page := await store.personal.page(kind, id_, place, PAGE):
        yield page
        if len(page) < PAGE:
            return
        place = place_of(page[-1])


def _shown(item: Item, vault: Vault) -> Shown:
    match item:
        case InvitationRecord():
            return _invitation(item, vault)
        case Decided(key, decision):
            verdict = decision.verdict
            return KeptDecision(
                person=key.person,
                touchpoint=key.touchpoint,
                event_id=key.event_id,
                at=rfc3339(decision.at),
                reason=verdict.reason,
                rule=verdict.rule,
                invitation=decision.invitation,
            )
        case WakeUp():
            return KeptWakeUp(invitation=item.invitation, channel=item.lane, due=rfc3339(item.due))
        case JournalRow():
            return {"seq": item.seq, "event": msgspec.Raw(item.body)}
        case DeadLetter():
            return {
                "sink": item.consumer.removeprefix("sink/"),
                "seq": item.seq,
                "at": rfc3339(item.at),
                "error": item.error,
                "answer": item.answer,
                "event": msgspec.Raw(item.body),
            }


def _invitation(record: InvitationRecord, vault: Vault) -> dict[str, Any]:
    def opened(channel: str, sealed: bytes) -> str | None:
        try:
            return vault.open(record.sealed_for or record.id, channel, sealed)
        except VaultError:
            return None

    return {
        **msgspec.to_builtins(facts.about(record)),
        "answers": record.answers,
        "complete": record.complete,
        "displays": record.displays,
        "reminded": record.reminded,
        "why": record.why,
        "addresses": {channel: opened(channel, sealed) for channel, sealed in record.addresses.items()},
    }


def _state(id_: str, state: PersonState) -> KeptState:
    return KeptState(
        id=id_,
        opted_out=state.opted_out,
        asks=state.asks,
        answers=state.answers,
        dismissals=state.dismissals,
        last_asked=_time(state.last_asked),
        last_answered=_time(state.last_answered),
        last_score=state.last_score,
        last_scored=_time(state.last_scored),
        timezone=state.timezone,
        locale=state.locale,
        alias_of=state.alias_of,
        joined=tuple(it.person for it in state.joined),
        open=tuple(entry.id for entry in state.open),
        history=tuple(
            KeptEvent(it.kind, rfc3339(it.at), it.questionnaire, it.touchpoint, it.channel, it.stage)
            for it in state.history
        ),
    )


def _time(at: Instant | None) -> str | None:
    return None if at is None else rfc3339(at)
