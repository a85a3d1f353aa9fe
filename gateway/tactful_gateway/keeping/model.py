"""What is shown of a person, and the receipt of an erasure: what the API answers; times are RFC 3339."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from tactful_gateway.store.personal.base import Held
from tactful_rules.model.decision import Reason
from tactful_rules.model.policy import HistoryKind


class KeptEvent(Struct, frozen=True):
    """One thing that happened between us and the person, while do-not-disturb still needs it."""

    kind: HistoryKind
    at: str
    questionnaire: str
    touchpoint: str
    channel: str
    stage: str | None


class KeptState(Struct, frozen=True, kw_only=True):
    """What deciding knows under one id: wishes, totals, history, and which invitations are `open`.

    With `alias_of` all else is kept under that id. `joined` are ids joined within the last day.
    """

    id: str
    opted_out: tuple[str, ...]
    asks: int
    answers: int
    dismissals: int
    last_asked: str | None
    last_answered: str | None
    last_score: float | None
    last_scored: str | None
    timezone: str | None
    locale: str | None
    alias_of: str | None
    joined: tuple[str, ...]
    open: tuple[str, ...]
    history: tuple[KeptEvent, ...]


class KeptDecision(Struct, frozen=True, kw_only=True):
    """A decision remembered so that the same event gets the same answer."""

    person: str
    touchpoint: str
    event_id: str
    at: str
    reason: Reason
    rule: str | None
    invitation: str | None


class KeptWakeUp(Struct, frozen=True, kw_only=True):
    """When an invitation is looked at, and over which channel something may be sent then."""

    invitation: str
    channel: str
    due: str


class KeptDeadLetter(Struct, frozen=True, kw_only=True):
    """An event that a sink's destination refused, with what it answered: that may repeat what it was sent."""

    sink: str
    seq: int
    at: str
    error: str
    answer: str
    event: dict[str, Any]


class KeptJournalEvent(Struct, frozen=True):
    """An event of the journal with its number: a CloudEvent."""

    seq: int
    event: dict[str, Any]


class PersonExport(Struct, frozen=True, kw_only=True):
    """Everything kept of a person, under all of its `ids`; the first one is that it is kept under.

    `invitations` are told as the journal tells them, with the answers, and the addresses (null where one can't be
    opened any more).
    """

    person: str
    at: str
    ids: tuple[str, ...]
    states: tuple[KeptState, ...]
    invitations: tuple[dict[str, Any], ...]
    decisions: tuple[KeptDecision, ...]
    wake_ups: tuple[KeptWakeUp, ...]
    events: tuple[KeptJournalEvent, ...]
    dead_letters: tuple[KeptDeadLetter, ...]


class ErasureQuery(Struct, frozen=True):
    """What stays: 1 to go on leaving alone whom somebody erases; nothing but the ids and the wishes is kept then."""

    keep_opt_outs: Annotated[str, Meta(pattern="^[01]$")] = "0"


class ErasureReceipt(Struct, frozen=True, kw_only=True):
    """What was erased by kind and number, and when. Nothing in it is personal."""

    id: str
    at: str
    erased: Held
    kept_opt_outs: int
