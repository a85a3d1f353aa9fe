"""The explanation as data: what `tactful explain --json` prints and `POST /v1/explain` answers; times are RFC 3339."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from tactful_rules.model.condition import Operand, Operator
from tactful_rules.model.decision import Reason, TimezoneSource
from tactful_rules.model.event import Device, Page
from tactful_rules.model.policy import HistoryKind, QuietAction, Same

Why = Literal["missing", "rejected", "wrong_type"]
"""Why a test is unknown: no value, a param that broke its schema, or a value that the operator is not for."""
OpenStatus = Literal["held", "displayed", "scheduled", "sending", "sent"]
RuleOutcome: TypeAlias = Reason | Literal["disabled", "not_in_force", "no_match", "not_tried"]
"""What a rule came to: a reason where it was tried, else why it was not; `not_tried` where all was settled before."""


class ExplainedTest(Struct, frozen=True, tag="test", tag_field="kind"):
    """One test with the value that it met; `verdict` null is unknown, `why` says why, `value` null is missing."""

    attribute: str
    op: Operator
    operand: Operand
    value: Any
    verdict: bool | None
    why: Why | None = None


class ExplainedGroup(Struct, frozen=True, tag="group", tag_field="kind"):
    """An `all`, `any` or `not` with its parts, in the order written."""

    op: Literal["all", "any", "not"]
    verdict: bool | None
    parts: tuple[ExplainedCondition, ...]


ExplainedCondition: TypeAlias = ExplainedTest | ExplainedGroup


class ExplainedDraw(Struct, frozen=True):
    """A sticky number: the person's `bucket` (0 to 1) is inside when it is below `share`."""

    share: float
    bucket: float
    inside: bool


class ExplainedObstacle(Struct, frozen=True):
    """What stops an ask, `until` when (null: for good), and `because` of what in the policy or the person's wishes."""

    reason: Reason
    until: str | None
    local: str | None
    because: str


class ExplainedChannel(Struct, frozen=True, kw_only=True):
    """Whether do-not-disturb leaves a channel `open` now, else when it opens if nothing else happens.

    `opens_at` (and `opens_local`, on the person's clock) null is: not in a time that can be foreseen. `obstacles` are
    in the way until then, one after the other. `quiet` is the quiet stretch over this instant, whether or not anything
    else stops an ask.
    """

    channel: str
    on_screen: bool
    open: bool
    opens_at: str | None
    opens_local: str | None
    because: str
    obstacles: tuple[ExplainedObstacle, ...]
    quiet: ExplainedQuiet | None


class ExplainedQuiet(Struct, frozen=True, kw_only=True):
    """A quiet stretch: what is done with an ask in it (`then`), until when, and the names of the holidays in it."""

    then: QuietAction
    until: str | None
    local: str | None
    because: str
    holidays: tuple[str, ...]


class ExplainedPause(Struct, frozen=True, kw_only=True, rename={"for_": "for"}):
    """A pause that runs; with `same` it stops only asks that have `value` in common with what began it."""

    after: HistoryKind
    for_: str
    same: Same | None
    value: str | None
    on: tuple[str, ...]
    since: str
    until: str
    local: str


class ExplainedCap(Struct, frozen=True, kw_only=True):
    """A cap with its use; with `same` one for each `value` that was asked. `opens_at` null: now, or never."""

    at_most: int
    per: str
    same: Same | None
    value: str | None
    on: tuple[str, ...]
    used: int
    reached: bool
    opens_at: str | None
    local: str | None


class ExplainedTact(Struct, frozen=True):
    """What do-not-disturb says of the person now, whatever would be asked: what knows of `same` is no obstacle here."""

    local: str
    pauses: tuple[ExplainedPause, ...]
    caps: tuple[ExplainedCap, ...]
    channels: tuple[ExplainedChannel, ...]


class ExplainedQuota(Struct, frozen=True):
    """A rule's quota: of the places that are `used` some are `counted` for good, and some only `held`.

    An open invitation holds one until it counts or is over. `per` null is the rule's whole life.
    """

    unit: Literal["answers", "asks"]
    limit: int
    per: str | None
    used: int
    counted: int
    held: int
    full: bool


class ExplainedVariant(Struct, frozen=True, rename={"from_": "from"}):
    """A variant; those that fit share the weights, and each has the persons whose bucket lies in `[from, to)`."""

    ask: str
    weight: float
    when: ExplainedCondition | None
    fits: bool
    from_: float | None = None
    to: float | None = None
    chosen: bool = False


class ExplainedStep(Struct, frozen=True, omit_defaults=True):
    """One step of the decision; `ok` false is where it ended, for a rule or a channel. `detail` says it for a human."""

    step: str
    ok: bool
    reason: Reason | None = None
    channel: str | None = None
    until: str | None = None
    detail: str = ""


class ExplainedRule(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One rule at the touchpoint; `why` says of the variant that would be asked why it is that one.

    `channels` are the rule's, and what do-not-disturb says of that variant on each of them.
    """

    rule: str
    priority: float
    outcome: RuleOutcome
    enabled: bool
    from_: str | None
    until: str | None
    when: ExplainedCondition | None
    sample: ExplainedDraw | None
    variants: tuple[ExplainedVariant, ...]
    variant: str | None
    variant_bucket: float
    why: str
    quota: ExplainedQuota | None
    channels: tuple[ExplainedChannel, ...]
    steps: tuple[ExplainedStep, ...]


class ExplainedEvent(Struct, frozen=True):
    """One thing that happened between us and the person."""

    kind: HistoryKind
    at: str
    questionnaire: str
    touchpoint: str
    channel: str
    stage: str | None


class ExplainedOpen(Struct, frozen=True):
    """An open invitation; it blocks other asks until `deadline`.

    `status` is `held` (decided, not displayed), `displayed`, `scheduled`, `sending` or `sent`; a scheduled one goes
    `not_before` that time, as far as that is known; `tried` is how often it was before, in vain. `fallback_at` is when
    another channel is tried.
    """

    id: str
    rule: str
    questionnaire: str
    touchpoint: str
    channel: str
    decided_at: str
    displays: int
    deadline: str
    status: OpenStatus
    not_before: str | None
    tried: int
    sent_at: str | None
    fallback_at: str | None


class ExplainedState(Struct, frozen=True):
    """What was known of the person."""

    asks: int
    answers: int
    dismissals: int
    last_asked: str | None
    last_answered: str | None
    last_score: float | None
    opted_out: tuple[str, ...]
    open: tuple[ExplainedOpen, ...]
    history: tuple[ExplainedEvent, ...]


class ExplainedMemory(Struct, frozen=True):
    """This very event was decided at `at` already: a touchpoint call with its id gets that decision again."""

    at: str
    reason: Reason
    rule: str | None


class Explanation(Struct, frozen=True, kw_only=True):
    """How an event would be decided now, with all that was looked at; nothing happened.

    Without a touchpoint there is nothing to decide: `touchpoint` and `reason` are null, and only what is known of the
    person and the person's `tact` are told.

    `ruleset` is the version of the rules, `rules` are those at the touchpoint in the order in which they are tried,
    `steps` those of no rule in particular. `hints` name what may be misspelt. `invitation` is the open one that would
    be shown again.
    """

    touchpoint: str | None
    person: str
    at: str
    ruleset: str
    ask: bool
    reason: Reason | None
    rule: str | None
    questionnaire: str | None
    channel: str | None
    again: bool
    invitation: str | None
    not_before: str | None
    until: str | None
    timezone: str
    tz_source: TimezoneSource
    params: dict[str, Any]
    rejected_params: tuple[str, ...]
    traits: dict[str, Any]
    reach: dict[str, bool | str] | None
    device: Device
    page: Page
    state: ExplainedState
    tact: ExplainedTact
    holdout: ExplainedDraw | None
    remembered: ExplainedMemory | None
    hints: tuple[str, ...]
    steps: tuple[ExplainedStep, ...]
    rules: tuple[ExplainedRule, ...]
