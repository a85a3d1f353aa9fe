"""What a store keeps beside persons: invitations, journal events, remembered decisions, counts, keys, cursors."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from tactful_rules.model.decision import Reason, Verdict
from tactful_rules.model.event import Device, Page
from tactful_rules.model.ids import DAY, Instant, Span

InvitationStatus = Literal["open", "answered", "dismissed", "expired", "cancelled", "failed"]
"""`answered` from the first saved answer on; `InvitationRecord.complete` tells a final one from a partial one. `failed`
is what could not be sent, for good."""
Origin = Literal["folder", "published", "rolled_back", "upgraded"]
"""How a version came: read from the folder that is served, published, an older one again, or the one before as a newer
Tactful understands it."""
Withdrawal = Literal["answered", "dismissed", "superseded"] | Reason
"""Why an open invitation was cancelled: another of the same event was answered or dismissed, another one took its place
or reached the person before it went out, or, by the reasons of decisions, it may not go out any more (`opted_out` also
when the person has just said so)."""


class InvitationRecord(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Everything about one invitation that answering it, showing it and journalling it needs.

    `lookup` is the SHA-256 of the token's random part: the token itself is never stored. `ruleset` is the version whose
    questionnaire was decided, so a reload never changes what an open invitation asks. `rev` is the highest revision of
    the answers seen so far. `why` is set where the status is `cancelled`.

    What the other channels need: `addresses` are sealed, by channel, for the id `sealed_for` (its own where None), and
    gone once the invitation closes. `tried` are the channels of its rule that are not to be taken any more.
    `fallback_of` is the invitation that it follows, `asked` when those before it, or it itself once more, asked.
    `attempts` counts those of the message under way, of which `sending_until` is the lease; `released_at` is when the
    first one began. `took` is how many the message took that was accepted last, `reminded` how many reminders went out.
    A message that is `recalled` while under way is not sent again. `over` are the channels over which it asked, where
    these are not just its own: a message thought lost may be accepted all the same.

    `beyond_quota` is set where its ask or answer, whichever its rule's quota counts, found no place and is not counted.
    """

    id: str
    lookup: bytes
    person: str
    touchpoint: str
    event_id: str
    rule: str
    questionnaire: str
    ruleset: str
    channel: str
    on_screen: bool
    decided_at: Instant
    expires_at: Instant
    stage: str | None = None
    locale: str = ""
    timezone: str | None = None
    params: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    page: Page = Page()
    device: Device = Device()
    status: InvitationStatus = "open"
    displayed_at: Instant | None = None
    displays: int = 0
    opened_at: Instant | None = None
    answers: dict[str, Any] = {}
    rev: int = 0
    complete: bool = False
    answered_at: Instant | None = None
    completed_at: Instant | None = None
    closed_at: Instant | None = None
    why: Withdrawal | None = None
    addresses: dict[str, bytes] = {}
    sealed_for: str | None = None
    tried: tuple[str, ...] = ()
    fallback_of: str | None = None
    asked: tuple[Instant, ...] = ()
    fallback_at: Instant | None = None
    not_before: Instant | None = None
    released_at: Instant | None = None
    attempts: int = 0
    took: int = 0
    sending_until: Instant | None = None
    recalled: bool = False
    sent_at: Instant | None = None
    message_id: str | None = None
    over: tuple[str, ...] = ()
    reminded: int = 0
    remind_at: Instant | None = None
    beyond_quota: bool = False


class WakeUp(NamedTuple):
    """A call to look at an invitation at an instant; it says nothing of what is to be done then, if anything.

    `lane` is the channel on which something is to be sent, or "" for what sends nothing itself: expiry, holds and
    fallbacks. So a provider that hangs holds up its own channel alone.
    """

    lane: str
    due: Instant
    invitation: str
    person: str
    rule: str


MEMORY: Span = DAY
"""How long the same event gets the same decision."""


class DecisionKey(NamedTuple):
    """What makes a touchpoint call the same one again within 24 hours."""

    person: str
    touchpoint: str
    event_id: str


class RememberedDecision(Struct, frozen=True, gc=False, array_like=True):
    """A decision kept for 24 hours, so that the same event gets the same answer."""

    at: Instant
    verdict: Verdict
    invitation: str | None = None


class SeenFeedback(Struct, frozen=True, gc=False):
    """What is remembered of feedback, under a hash of its source and id: when it came, and a hash of its content."""

    at: Instant
    digest: bytes


class CountKey(NamedTuple):
    """Where a suppression or a reported call is counted. `hour` is the instant divided by 3,600,000."""

    hour: int
    touchpoint: str
    rule: str
    reason: Reason
    source: Literal["gateway", "sdk"] = "gateway"


class MeasureKey(NamedTuple):
    """Which numbers a `Measure` sums up: one numeric param over an hour's calls of a touchpoint with one outcome."""

    hour: int
    touchpoint: str
    reason: Reason
    param: str


class Measure(Struct, frozen=True, gc=False):
    """What SDKs saw of a numeric param; enough for mean, spread and extremes, whatever is added up."""

    count: int
    sum: float
    sum_squares: float
    min: float
    max: float

    def plus(self, other: Measure) -> Measure:
        """Give both as one."""
        return Measure(
            self.count + other.count,
            self.sum + other.sum,
            self.sum_squares + other.sum_squares,
            min(self.min, other.min),
            max(self.max, other.max),
        )


EventData: TypeAlias = Any
"""What an event tells: a dict or a struct, which msgspec reads no union of."""


class JournalEvent(Struct, frozen=True, gc=False, kw_only=True):
    """One CloudEvents 1.0 event, encoded as JSON by `msgspec.json.encode`."""

    id: str
    source: str
    type: str
    time: str
    subject: str
    data: EventData
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["application/json"] = "application/json"


class JournalRow(Struct, frozen=True, gc=False):
    """A journal event as stored: its place in the order and its exact bytes."""

    seq: int
    type: str
    subject: str
    at: Instant
    body: bytes


class VersionRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of the survey folder that went live.

    `content` is the SHA-256 of its files and `ruleset` the version that decisions and invitations name; two numbers may
    share either. `lasts` is how long an invitation decided under it may wait and live. `by` and `name` are those of the
    key that published it, `of` is the number that was rolled back to.
    """

    number: int
    at: Instant
    content: str
    ruleset: str
    origin: Origin
    lasts: Span = 0
    by: str = ""
    name: str = ""
    message: str = ""
    of: int | None = None


class Publication(Struct, frozen=True):
    """A version with all it is made of: the texts of its files by path, and the ruleset's JSON.

    `consumers` start with it: those that have no cursor yet get one before the first event of the same commit, so that
    they miss nothing that comes of it, whatever happens next.
    """

    version: VersionRecord
    files: dict[str, str]
    body: bytes
    consumers: tuple[str, ...] = ()


class KeyRecord(Struct, frozen=True, kw_only=True):
    """An API key without the key: `hash` is the SHA-256 of its text, `hint` its first and last characters."""

    id: str
    kind: Literal["sk", "pk", "ak"]
    hash: bytes
    hint: str
    name: str = ""
    origins: tuple[str, ...] = ()
    created_at: Instant
    revoked_at: Instant | None = None


class Cursor(Struct, frozen=True, kw_only=True):
    """How far one consumer has come. `seq` is the last row dealt with, `reached` the highest one ever.

    `accepted` are the events dealt with that the consumer wanted, those of a replay once more (None: written by a
    Tactful that did not count them), `filtered` those that it did not want, `erased` those that it wanted and that were
    erased before they got there, or from its letters. `attempts` and `retry_at` describe the delivery that failed
    last; `stopped` says why a sink no longer delivers. `order` is the last order followed.
    """

    seq: int
    reached: int = 0
    accepted: int | None = None
    delivered: int = 0
    filtered: int = 0
    attempts: int = 0
    retry_at: Instant | None = None
    error: str = ""
    stopped: str = ""
    erased: int = 0
    order: int = 0


class Order(Struct, frozen=True):
    """What an operator wants of a sink, for whichever gateway delivers to it: to try at once, whatever it waits for.

    With `replay`, all rows above that number are delivered again. `number` rises with each order.
    """

    number: int
    replay: int | None = None


class DeadLetter(Struct, frozen=True, kw_only=True):
    """An event about `subject` that a sink's destination refused for good, with what the destination said.

    `attempts` are all that were made, `tries` those that failed since it is to be tried again; `due` is when the next
    one is, None where somebody has to ask for it.
    """

    consumer: str
    seq: int
    event_id: str
    at: Instant
    attempts: int
    error: str
    body: bytes
    subject: str = ""
    answer: str = ""
    tries: int = 0
    due: Instant | None = None


class LetterCount(Struct, frozen=True):
    """How many of a consumer's letters are dead, how many are to be tried again, and when the first of those is due."""

    dead: int = 0
    waiting: int = 0
    due: Instant | None = None
