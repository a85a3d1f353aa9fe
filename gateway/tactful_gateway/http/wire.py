"""What travels over HTTP, as types: requests are read with them, and the OpenAPI description is generated from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from tactful_gateway.consumers.circuit import CircuitState
from tactful_gateway.consumers.status import SinkState
from tactful_gateway.couriers.status import ChannelState
from tactful_gateway.ledger.commands import Signal
from tactful_gateway.store.base import Cause
from tactful_rules.model.decision import Invitation, Reason
from tactful_rules.model.event import Page
from tactful_rules.model.touchpoint import WebTrigger

Key = Annotated[str, Meta(min_length=1, max_length=256)]
"""An id that the caller makes: a person's, an event's."""
Count = Annotated[int, Meta(ge=0, le=2**53)]
Short = Annotated[str, Meta(max_length=512)]
Time = Annotated[str, Meta(max_length=64, extra_json_schema={"format": "date-time"})]
"""RFC 3339, with its zone."""


class TouchpointQuery(Struct, frozen=True):
    """How much is told of a decision: 1 for its trace, except to a page."""

    trace: Literal["0", "1"] = "0"


class InvitationQuery(Struct, frozen=True):
    """In which language an invitation is shown; left out, in that which it was decided for."""

    locale: Short = ""


class DeviceInput(Struct, frozen=True, omit_defaults=True):
    """What the caller knows of the device; what it does not say is read from `user_agent`."""

    user_agent: str | None = None
    type: Literal["phone", "tablet", "desktop", "bot"] | None = None
    os: Short | None = None
    browser: Short | None = None


class TouchpointCall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One touchpoint call. `person` is an id, or an object with `id` and the person's traits.

    With a page key `person` counts only together with `identity`; otherwise the person is `anonymous_id`.
    """

    touchpoint: Annotated[str, Meta(min_length=1, max_length=64)]
    person: Key | dict[str, Any] | None = None
    anonymous_id: Annotated[str, Meta(pattern="^anon_[A-Za-z0-9_-]{16,64}$")] | None = None
    identity: Annotated[str, Meta(max_length=8192)] | None = None
    params: dict[str, Any] = {}
    reach: dict[str, bool | Short] | None = None
    page: Page | None = None
    device: DeviceInput | None = None
    locale: Short | None = None
    timezone: Short | None = None
    event_id: Key | None = None


class ExplainCall(TouchpointCall, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be explained: a touchpoint call, or the person's tact alone where no touchpoint is named.

    `at` supposes another time than now: a date (noon), or RFC 3339; without an offset it is on the person's clock.
    """

    touchpoint: Annotated[str, Meta(max_length=64)] = ""
    at: Short | None = None


class SignalCall(Struct, frozen=True, forbid_unknown_fields=True):
    """What happened to the invitation on the screen."""

    type: Signal


Answers = Annotated[
    dict[str, Any],
    Meta(
        description="By question id: a whole number for `nps`, `csat` and `ces`; a text for `text`; for `single` an "
        'option\'s id, `{"other": "text"}` or `"none"`; for `multi` a list of these. Null is no answer.'
    ),
]


class ResponseCall(Struct, frozen=True, forbid_unknown_fields=True):
    """Answers by question id; `rev` numbers the revisions, so that a late partial never undoes a later one."""

    answers: Answers
    complete: bool = False
    rev: Count | None = None


Channels = Annotated[
    Literal["all"] | tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...],
    Meta(description='"all", or a list of channels'),
]


class PreferencesCall(Struct, frozen=True, forbid_unknown_fields=True):
    """What the person does not want any more, or wants again: everything, or these channels. One of both."""

    opt_out: Channels | UnsetType = UNSET
    opt_in: Channels | UnsetType = UNSET


class AliasCall(Struct, frozen=True, forbid_unknown_fields=True):
    """The id that turned out to be the person's."""

    anonymous: Key


class ParamSummary(Struct, frozen=True):
    """Numbers of one param over the calls that a report counts."""

    count: Count
    sum: float
    sum_squares: float
    min: float
    max: float


class ReportedTouchpoint(Struct, frozen=True):
    """How often one touchpoint was called with one outcome."""

    touchpoint: Annotated[str, Meta(min_length=1, max_length=64)]
    reason: Reason
    count: Count
    params: dict[str, ParamSummary] = {}


class ReportCall(Struct, frozen=True, forbid_unknown_fields=True):
    """An SDK's aggregated counts from `since` to `until` (RFC 3339); sent twice, an `id` counts once."""

    id: Key
    since: Time
    until: Time
    touchpoints: tuple[ReportedTouchpoint, ...] = ()


class Receipt(Struct, frozen=True):
    """It is on disk; `duplicate` when it had been before."""

    duplicate: bool


class ResponseReceipt(Struct, frozen=True):
    """The answers are on disk; `rev` is the highest revision kept."""

    duplicate: bool
    complete: bool
    rev: int


class InvitationView(Invitation, frozen=True, kw_only=True):
    """An invitation with what was answered so far."""

    touchpoint: str
    channel: str
    answers: dict[str, Any]
    rev: int
    complete: bool


class Trigger(WebTrigger, frozen=True, kw_only=True, omit_defaults=True):
    """When the widget fires `touchpoint` by itself."""

    touchpoint: str


class WidgetConfig(Struct, frozen=True):
    """What the loader needs to know of the ruleset."""

    triggers: tuple[Trigger, ...]


class Alive(Struct, frozen=True):
    """The process answers."""

    status: Literal["alive"] = "alive"


class SinkHealth(Struct, frozen=True):
    """How one sink is doing; none of it makes the gateway unready."""

    state: SinkState
    circuit: CircuitState


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether the gateway can keep promises now: commits work, there is disk, and which ruleset is live.

    `store` and `disk` are `ok` or say what is wrong and what to do, naming no path and no address; `cause` says of the
    store the same as one word, whose meaning never changes, null when nothing is wrong. `reload` lists what was wrong
    with a newer version of the survey folder that was refused; the one before stays live. `source` says where the
    ruleset comes from, `version` is its number, null as long as nothing was published.

    What names something is for those who send a key: the places in `reload`, which has the problems' codes alone for
    all others, `channels` and `sinks`. `channels` has each channel over which we send: `ok`, or `failing` once its
    provider can't be used or has refused five messages in a row, until it accepts one; that makes nobody unready.
    `sinks` has each sink with its destination's circuit; one that another gateway delivers to is on `standby` here.
    """

    status: Literal["ready", "unready"]
    ruleset: str
    store: str
    cause: Cause | None
    disk: str
    reload: tuple[str, ...] = ()
    sinks: dict[str, SinkHealth] | UnsetType = UNSET
    channels: dict[str, ChannelState] | UnsetType = UNSET
    source: Literal["folder", "published"]
    version: int | None
