"""How facts become bytes: journal events as JSON, the rest as msgpack; a person's history shares its repeated ids."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar, get_args

import msgspec
from msgspec.structs import replace

from tactful_gateway.store.records import (
    Cursor,
    DeadLetter,
    InvitationRecord,
    JournalEvent,
    KeyRecord,
    RememberedDecision,
    VersionRecord,
)
from tactful_rules.model.ids import Instant, to_instant
from tactful_rules.model.person import HistoryEvent, Joined, OpenInvitation, PersonState, QuotaUse
from tactful_rules.model.policy import HistoryKind

T = TypeVar("T")
KINDS: tuple[HistoryKind, ...] = get_args(HistoryKind)
FIELDS = 6
"""Numbers a history event takes: kind, milliseconds since the one before, and four places in the table of texts."""


EncodedEvent: TypeAlias = tuple[str, str, Instant, bytearray]
"""A journal event ready to be written: type, subject, instant and body; its sequence is given by the store. No
`NamedTuple`: making one takes seven times as long."""


def encode_events(events: Iterable[JournalEvent]) -> list[EncodedEvent]:
    """Give the columns of journal events, a body being the exact JSON that every sink will send."""
    written = bytearray()  # one for all: it has room for the second from the first, and the encoder need not make any
    rows = []
    for event in events:
        _write_json(event, written)
        rows.append((event.type, event.subject, _instant(event.time), written.copy()))
    return rows


@lru_cache(maxsize=1024)
def _instant(time: str) -> Instant:
    # The events of one batch all have the same time.
    return to_instant(datetime.fromisoformat(time))


class _PersonRow(msgspec.Struct, array_like=True):
    """A person's row: `texts` holds each id of the history once, `history` is flat."""

    texts: list[str | None]
    history: list[int]
    open: tuple[OpenInvitation, ...]
    opted_out: tuple[str, ...]
    totals: tuple[int, int, int]
    last_asked: Instant | None
    last_answered: Instant | None
    last_score: float | None
    timezone: str | None
    locale: str | None
    alias_of: str | None = None
    joined: tuple[Joined, ...] = ()
    last_scored: Instant | None = None


encode = msgspec.msgpack.Encoder().encode
_write_json = msgspec.json.Encoder().encode_into


def encode_person(state: PersonState) -> bytes:
    """Pack a person's state; an event of the history takes about a dozen bytes."""
    places: dict[str | None, int] = {}
    history: list[int] = []
    before = 0
    for event in state.history:
        history += (
            KINDS.index(event.kind),
            event.at - before,
            places.setdefault(event.questionnaire, len(places)),
            places.setdefault(event.touchpoint, len(places)),
            places.setdefault(event.channel, len(places)),
            places.setdefault(event.stage, len(places)),
        )
        before = event.at
    row = _PersonRow(
        list(places),
        history,
        state.open,
        state.opted_out,
        (state.asks, state.answers, state.dismissals),
        state.last_asked,
        state.last_answered,
        state.last_score,
        state.timezone,
        state.locale,
        state.alias_of,
        state.joined,
        state.last_scored,
    )
    return encode(row)


class UnreadableRowError(Exception):
    """A row holds something else than was written: the database is damaged, or something else wrote to it."""


def _reader(type_: type[T]) -> Callable[[bytes], T]:
    """Give what unpacks a row; what is wrong with one is no mistake of whoever sent a request."""
    decode = msgspec.msgpack.Decoder(type_).decode

    def read(body: bytes) -> T:
        try:
            return decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise UnreadableRowError(f"{type_.__name__}: {error}") from error

    return read


_read_person = _reader(_PersonRow)


def decode_person(body: bytes) -> PersonState:
    """Unpack what `encode_person` packed.

    Raises:
        UnreadableRowError: the bytes are something else.
    """
    row = _read_person(body)
    asks, answers, dismissals = row.totals
    return PersonState(
        history=_history(row.texts, row.history),
        open=row.open,
        opted_out=row.opted_out,
        asks=asks,
        answers=answers,
        dismissals=dismissals,
        last_asked=row.last_asked,
        last_answered=row.last_answered,
        last_score=row.last_score,
        timezone=row.timezone,
        locale=row.locale,
        alias_of=row.alias_of,
        joined=row.joined,
        last_scored=row.last_scored,
    )


def _history(texts: Sequence[Any], flat: Sequence[int]) -> tuple[HistoryEvent, ...]:
    events: list[HistoryEvent] = []
    at = 0
    for start in range(0, len(flat), FIELDS):
        kind, since, questionnaire, touchpoint, channel, stage = flat[start : start + FIELDS]
        at += since
        events.append(
            HistoryEvent(KINDS[kind], at, texts[questionnaire], texts[touchpoint], texts[channel], texts[stage])
        )
    return tuple(events)


decode_invitation = _reader(InvitationRecord)
decode_quota = _reader(QuotaUse)
decode_decision = _reader(RememberedDecision)
decode_cursor = _reader(Cursor)
decode_letter = _reader(DeadLetter)
decode_version = _reader(VersionRecord)
decode_key = _reader(KeyRecord)
_DECODE_FILES = _reader(dict[str, str])


def encode_letter(letter: DeadLetter) -> bytes:
    """Pack a letter, save for when it is due: that changes without it."""
    return encode(replace(letter, due=None))


def encode_files(files: dict[str, str]) -> bytes:
    """Pack a survey folder's texts; YAML shrinks to about a fifth."""
    return zlib.compress(encode(files))


def decode_files(body: bytes) -> dict[str, str]:
    """Unpack what `encode_files` packed."""
    return _DECODE_FILES(zlib.decompress(body))
