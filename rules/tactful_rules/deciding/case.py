"""One decision under way: its inputs, and what is worked out once for all rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import tzinfo
from typing import Literal, TypeAlias

from msgspec import Struct

from tactful_rules.compiled import CompiledRuleset
from tactful_rules.conditions import Attributes, Lookup
from tactful_rules.model.decision import Reason, Step, TimezoneSource, Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import HistoryEvent, PersonState, QuotaUse
from tactful_rules.model.policy import Cap, Holidays, Pause, QuietHours
from tactful_rules.model.rule import Ignorable, Rule
from tactful_rules.tact import Candidate, Stop, timezone_of
from tactful_rules.trace import Trace, describe_stop

StoppedBy: TypeAlias = Pause | Cap | QuietHours | Holidays
_NOBODYS: frozenset[str] = frozenset()


class Yes(Struct, frozen=True, gc=False):
    """What a rule that passed would ask, where, and not before when if it waits.

    `limit` is the place of the policy's entry that has it wait, or go over a later channel.
    """

    questionnaire: str
    channel: str
    reason: Literal["asked", "sending", "deferred"]
    not_before: Instant | None = None
    limit: str | None = None


class No(Struct, frozen=True, gc=False):
    """Why a rule did not pass, and until when, where that is known; `final` ends the rule at this channel.

    `limit` is the place of the policy's entry that says no.
    """

    reason: Reason
    until: Instant | None = None
    final: bool = False
    limit: str | None = None


class Case(Struct):
    """The inputs of a decision, and what is worked out of them once.

    Only channels of `kind` are looked at, where it is set, and none that was `tried`. `own` are invitations whose
    places in quotas count as free, `history` is what pauses and caps look at. A `delay` counts unless it was `served`.
    """

    compiled: CompiledRuleset
    event: Event
    state: PersonState
    quotas: Mapping[str, QuotaUse]
    now: Instant
    trace: Trace | None
    zone: tzinfo
    source: TimezoneSource
    lookup: Lookup
    history: tuple[HistoryEvent, ...]
    kind: Literal["on_screen", "sent"] | None = None
    tried: Collection[str] = _NOBODYS
    own: Collection[str] = _NOBODYS
    served: bool = False
    stops: dict[tuple[str, str | None, tuple[Ignorable, ...], Instant], Stop | None] = {}

    @classmethod
    def of(
        cls,
        compiled: CompiledRuleset,
        event: Event,
        state: PersonState,
        quotas: Mapping[str, QuotaUse],
        now: Instant,
        trace: Trace | None,
    ) -> Case:
        """Open the case of an event."""
        zone, source = timezone_of(event, state, compiled.zone)
        lookup = Attributes(event, state, now, zone).__getitem__
        return cls(compiled, event, state, quotas, now, trace, zone, source, lookup, state.history)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The trace so far, empty where nobody wants one."""
        return self.trace.steps if self.trace else ()

    def no(self, step: str, reason: Reason, detail: str = "") -> Verdict:
        """End the decision for a cause that is no rule's."""
        if self.trace:
            self.trace.note(step, ok=False, reason=reason, detail=detail)
        return Verdict(reason=reason, tz_source=self.source, trace=self.steps)

    def stop(self, questionnaire: str, channel: str | None, ignore: tuple[Ignorable, ...], at: Instant) -> Stop | None:
        """Give the pause or cap in the way; rules that ask the same share the answer."""
        key = (questionnaire, channel, ignore, at)
        if key in self.stops:
            return self.stops[key]
        touchpoint = self.compiled.ruleset.touchpoints[self.event.touchpoint]
        candidate = Candidate(questionnaire, touchpoint.id, touchpoint.stage, channel)
        stop = self.stops[key] = self.compiled.tact.stop(candidate, self.history, at, self.zone, ignore)
        return stop

    def refuse(
        self,
        rule: Rule,
        step: str,
        reason: Reason,
        *,
        channel: str | None = None,
        until: Instant | None = None,
        detail: str = "",
        final: bool = False,
        by: StoppedBy | None = None,
    ) -> No:
        """Say no for a rule or one of its channels."""
        if self.trace:
            self.trace.note(step, ok=False, rule=rule.id, reason=reason, channel=channel, until=until, detail=detail)
        return No(reason, until, final, None if by is None else self.compiled.limits[id(by)])

    def refuse_for(self, rule: Rule, stop: Stop, channel: str | None = None) -> No:
        """Say no because of a pause or a cap."""
        detail = describe_stop(stop) if self.trace else ""
        step = "tact" if channel is None else "channel"
        return self.refuse(rule, step, stop.reason, channel=channel, until=stop.until, detail=detail, by=stop.by)
