"""Commands and replies of the ledger: what may be asked of it, as data.

Randomness comes in with the command (`invitation`, `lookup`), the time with `apply`.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from tactful_gateway.store.personal.base import NOTHING, Held
from tactful_gateway.store.records import (
    CountKey,
    InvitationRecord,
    Measure,
    MeasureKey,
    Publication,
    RememberedDecision,
    VersionRecord,
    WakeUp,
)
from tactful_rules.compiled import CompiledRuleset
from tactful_rules.model.decision import Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant, Span
from tactful_rules.model.person import PersonState, QuotaUse
from tactful_rules.model.questionnaire import Questionnaire

Signal = Literal["displayed", "dismissed", "opened"]


class Decide(Struct, frozen=True, gc=False):
    """Decide on a touchpoint; `invitation` and `lookup` name the invitation that may come of it.

    With `trace` the verdict of a new decision carries every step; a decision given again has none. `addresses` are
    those of the event's `reach`, sealed for `invitation`, by sent channel. One that is only `rehearsed` is neither
    counted nor remembered: nobody reads those counts, and nobody comes back with that event.
    """

    event: Event
    invitation: str
    lookup: bytes
    trace: bool = False
    addresses: dict[str, bytes] = {}
    rehearsed: bool = False


class Notice(Struct, frozen=True, gc=False):
    """Something happened to an invitation on a screen."""

    signal: Signal
    person: str
    invitation: str
    rule: str


class Respond(Struct, frozen=True, gc=False):
    """Save answers to an invitation; they replace earlier ones.

    `questionnaire` is the one that was decided, from the ruleset version kept with the invitation. `rev` None means
    that the caller does not number its revisions.
    """

    person: str
    invitation: str
    rule: str
    questionnaire: Questionnaire
    answers: dict[str, Any]
    complete: bool
    rev: int | None = None


class Wake(Struct, frozen=True, gc=False):
    """Look at an invitation whose wake-up is due; `invitation` and `lookup` name the fallback that may come of it."""

    wake_up: WakeUp
    invitation: str
    lookup: bytes


class Sent(Struct, frozen=True, gc=False):
    """The provider of `channel` accepted a message: the ask (`reminder` 0) or the n-th reminder."""

    person: str
    invitation: str
    rule: str
    channel: str
    reminder: int
    message_id: str | None = None


class NotSent(Struct, frozen=True, gc=False, kw_only=True):
    """A message was not accepted; `channel` and `attempt` are `channel` and `attempts` of the record dispatched.

    `final` when trying again can't help, `retry_after` (milliseconds) is the provider's wish, `chance` in [0, 1)
    spreads the wait. `error` goes into the journal, so it never holds an address. `fallback` and `lookup` name the
    invitation that may come of it.
    """

    person: str
    invitation: str
    rule: str
    channel: str
    reminder: int
    attempt: int
    error: str
    final: bool
    retry_after: Span | None = None
    chance: float
    fallback: str
    lookup: bytes


class OptOut(Struct, frozen=True):
    """The person wants to be left alone on these channels ("*": on all); open invitations there are cancelled."""

    person: str
    channels: tuple[str, ...]


class OptIn(Struct, frozen=True):
    """The person takes back having opted out of these channels ("*": of all)."""

    person: str
    channels: tuple[str, ...]


class Alias(Struct, frozen=True):
    """The id `anonymous` turned out to be this person's: from now on both are one, and what was kept of both is."""

    anonymous: str
    person: str


class Erase(Struct, frozen=True, kw_only=True):
    """Erase everything kept of a person under any id, and tell the destinations to do so, too.

    `receipt` names what comes of it, `swept` is how much of it was erased before. With `keep_opt_outs` the wishes to be
    left alone stay, and nothing else. It is a commit of its own.
    """

    person: str
    receipt: str
    swept: Held = NOTHING
    keep_opt_outs: bool = False


class Report(Struct, frozen=True):
    """An SDK's counts of touchpoint calls and of their numeric params; a report with the same `id` counts once."""

    id: str
    counts: dict[CountKey, int]
    measures: dict[MeasureKey, Measure] = {}


class Feedback(Struct, frozen=True, gc=False, kw_only=True):
    """Take in a response collected elsewhere: `external_id` names it at its `source`, `at` is when it was given.

    `key` stands for source and id, `digest` for the rest of what was sent: the same again is a duplicate, anything else
    under the same key a conflict. Answers are checked where `questionnaire` is one of the ruleset; else they are what
    they are, and `scores` says what of them counts as one. With `event_id` it answers that touchpoint event, and ends
    what is open of it. A `dry_run` changes nothing.
    """

    key: bytes
    digest: bytes
    source: str
    external_id: str
    touchpoint: str
    person: str
    at: Instant
    answers: dict[str, Any]
    questionnaire: str | None = None
    scores: dict[str, float] = {}
    event_id: str | None = None
    channel: str | None = None
    locale: str | None = None
    params: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    dry_run: bool = False


class Inspect(Struct, frozen=True):
    """Give all that an event would be decided on now, deciding nothing."""

    event: Event


class Publish(Struct, frozen=True):
    """Make a survey folder the latest version; its number and time are given when it becomes fact.

    `expected` is the number that must be the latest until then, 0 for none, None for any. What is the latest already is
    not published again.
    """

    publication: Publication
    expected: int | None = None


Command: TypeAlias = (
    Decide
    | Notice
    | Respond
    | Feedback
    | Wake
    | Sent
    | NotSent
    | OptOut
    | OptIn
    | Alias
    | Erase
    | Report
    | Inspect
    | Publish
)


class Decided(Struct, frozen=True, gc=False):
    """Reply to `Decide`; `invitation` is there for an ask, new or again, and for one that is sent now or later.

    `remembered` says that the same event had been decided before: nothing new happened.
    """

    verdict: Verdict
    invitation: InvitationRecord | None = None
    remembered: bool = False


class Inspected(Struct, frozen=True):
    """Reply to `Inspect`; `remembered` is the decision that this very event got already, and would get again.

    `person` is who would be decided on: whom the event's id was joined to, if it was.
    `records` are those of the person's open invitations, by id.
    """

    compiled: CompiledRuleset
    person: str
    now: Instant
    state: PersonState
    quotas: dict[str, QuotaUse]
    records: dict[str, InvitationRecord]
    remembered: RememberedDecision | None = None


class Accepted(Struct, frozen=True, gc=False):
    """The command became fact; `duplicate` when it had done so before and nothing new happened."""

    invitation: InvitationRecord | None = None
    duplicate: bool = False


class Dispatch(Struct, frozen=True, gc=False):
    """A message to be sent now: the ask (`reminder` 0) or the n-th reminder, on the record's channel.

    It is recorded as under way until `record.sending_until`; whoever does not say by then what became of it will see it
    dispatched again. The address is `record.addresses[record.channel]`, sealed for `record.sealed_for or record.id`.
    """

    record: InvitationRecord
    reminder: int = 0


class Woken(Struct, frozen=True, gc=False):
    """Reply to `Wake`, mostly with nothing to send. `verdict` is what was decided again, if anything was."""

    dispatch: Dispatch | None = None
    verdict: Verdict | None = None


class Erased(Struct, frozen=True):
    """Reply to `Erase`: how much went, under which ids, and how many opt-outs stayed. Only `ids` is personal."""

    receipt: str
    at: Instant
    held: Held
    kept_opt_outs: int
    ids: tuple[str, ...]


class Published(Struct, frozen=True):
    """Reply to `Publish`: the latest version now; `duplicate` when it had been so before."""

    version: VersionRecord
    duplicate: bool = False


class Problem(Struct, frozen=True):
    """One thing wrong with what was sent: where (`answers.score`), a stable code, and what to do."""

    path: str
    code: str
    message: str


RefusalCode = Literal[
    "unknown_invitation",
    "invitation_expired",
    "invitation_closed",
    "already_completed",
    "invalid_answers",
    "invalid_request",
    "feedback_conflict",
    "version_conflict",
    "already_joined",
    "joined_the_other_way",
]


class Refused(Struct, frozen=True, gc=False):
    """The command was not carried out, and why."""

    code: RefusalCode
    problems: tuple[Problem, ...] = ()


Reply: TypeAlias = Decided | Inspected | Accepted | Woken | Erased | Published | Refused
