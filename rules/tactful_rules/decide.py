"""The decision: steps 1 to 6 of the rules, in their order, and nothing else.

Pure: the same ruleset, event, state, quotas and instant give the same verdict. An unknown never makes us ask. Channels
that send are `unreachable` here until sending is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo

from msgspec import Struct

from tactful_rules.compiled import CompiledRule, CompiledRuleset
from tactful_rules.conditions import Attributes
from tactful_rules.model.decision import Reason, Step, TimezoneSource, Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import EVERY_CHANNEL, UNUSED, OpenInvitation, PersonState, QuotaUse
from tactful_rules.model.rule import Ignorable, Rule
from tactful_rules.model.ruleset import Channel
from tactful_rules.sampling import bucket
from tactful_rules.tact import Candidate, Stop, quota_used, timezone_of
from tactful_rules.trace import Trace, describe_failure, describe_stop

__all__ = ["CompiledRule", "CompiledRuleset", "decide"]


class _Yes(Struct, frozen=True, gc=False):
    """What a rule that passed would ask, and where."""

    questionnaire: str
    channel: str


class _No(Struct, frozen=True, gc=False):
    """Why a rule did not pass, and until when, where that is known."""

    reason: Reason
    until: Instant | None = None


class _Case:
    """One decision under way: its inputs, and what is worked out once for all rules."""

    __slots__ = ("compiled", "event", "lookup", "now", "quotas", "source", "state", "stops", "trace", "zone")

    def __init__(
        self,
        compiled: CompiledRuleset,
        event: Event,
        state: PersonState,
        quotas: Mapping[str, QuotaUse],
        now: Instant,
        trace: Trace | None,
    ) -> None:
        self.compiled = compiled
        self.event = event
        self.state = state
        self.quotas = quotas
        self.now = now
        self.trace = trace
        self.zone: tzinfo
        self.source: TimezoneSource
        self.zone, self.source = timezone_of(event, state, compiled.zone)
        self.lookup = Attributes(event, state, now, self.zone).__getitem__
        self.stops: dict[tuple[str, str | None, tuple[Ignorable, ...]], Stop | None] = {}

    def no(self, step: str, reason: Reason, detail: str = "") -> Verdict:
        """End the decision before any rule was tried."""
        if self.trace:
            self.trace.note(step, ok=False, reason=reason, detail=detail)
        return Verdict(reason=reason, tz_source=self.source, trace=self.steps)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The trace so far, empty where nobody wants one."""
        return self.trace.steps if self.trace else ()

    def stop(self, questionnaire: str, channel: str | None, ignore: tuple[Ignorable, ...]) -> Stop | None:
        """Give the pause or cap in the way; rules that ask the same share the answer."""
        if channel is not None and not self.compiled.tact.by_channel:
            return None
        key = (questionnaire, channel, ignore)
        if key not in self.stops:
            touchpoint = self.compiled.ruleset.touchpoints[self.event.touchpoint]
            candidate = Candidate(questionnaire, touchpoint.id, touchpoint.stage, channel)
            self.stops[key] = self.compiled.tact.stop(candidate, self.state.history, self.now, self.zone, ignore)
        return self.stops[key]


def decide(
    compiled: CompiledRuleset,
    event: Event,
    state: PersonState,
    quotas: Mapping[str, QuotaUse],
    now: Instant,
    *,
    trace: bool = False,
) -> Verdict:
    """Decide whether to ask a person at a touchpoint, and what over which channel.

    `quotas` holds the use of each rule's quota by rule id; an absent one is unused. `trace` adds a step for everything
    that was looked at, rules whose `when` was not true and rules after the winner included.
    """
    case = _Case(compiled, event, state, quotas, now, Trace() if trace else None)
    if event.touchpoint not in compiled.ruleset.touchpoints:
        return case.no("touchpoint", "unknown_touchpoint", f"{event.touchpoint} is not declared")
    if case.trace:
        case.trace.note("touchpoint", ok=True)
    if event.device.type == "bot":
        return case.no("device", "bot")
    if case.trace:
        case.trace.note("device", ok=True)
    found = _find_rules(case)
    if found is None:
        return case.no("rules", "no_rule")
    return _check_person(case) or _check_open(case) or _try_rules(case, *found)


def _find_rules(case: _Case) -> tuple[CompiledRule, Iterator[CompiledRule]] | None:
    """Step 2: the rules here that are enabled, in force and whose `when` is true; a trace names the others too."""
    compiled, touchpoint = case.compiled, case.event.touchpoint
    if case.trace:
        rules = iter([rule for rule in compiled.rules_at(touchpoint) if _trace_match(case, case.trace, rule)])
        best = next(rules, None)
        return None if best is None else (best, rules)
    first = compiled.find_rule(touchpoint, case.now, case.lookup)
    return None if first is None else (first[0], compiled.find_others(touchpoint, case.now, case.lookup, first))


def _trace_match(case: _Case, trace: Trace, rule: CompiledRule) -> bool:
    ok = rule.in_force(case.now)
    trace.note("window", ok, rule=rule.rule.id)
    if ok:
        ok = rule.when is None or rule.when(case.lookup)
        detail = "" if ok else describe_failure(rule.rule.when, case.lookup, case.compiled.regex)
        trace.note("when", ok, rule=rule.rule.id, detail=detail)
    return ok


def _check_person(case: _Case) -> Verdict | None:
    """Step 3: opted out of everything, or held out of all asking."""
    if EVERY_CHANNEL in case.state.opted_out:
        return case.no("opt_out", "opted_out")
    if case.trace:
        case.trace.note("opt_out", ok=True)
    holdout = case.compiled.ruleset.settings.holdout
    if holdout > 0 and bucket("holdout", case.event.person) < holdout:
        return case.no("holdout", "holdout")
    if case.trace:
        case.trace.note("holdout", ok=True)
    return None


def _check_open(case: _Case) -> Verdict | None:
    """Step 4: an open invitation is shown again at its own touchpoint and blocks every other ask."""
    waiting = [invitation for invitation in case.state.open if case.now < invitation.deadline()]
    if not waiting:
        if case.trace:
            case.trace.note("open", ok=True)
        return None
    for invitation in waiting:
        if invitation.on_screen and invitation.touchpoint == case.event.touchpoint:
            return _ask_again(case, invitation)
    return case.no("open", "pending", f"{waiting[0].id} at {waiting[0].touchpoint} is open")


def _ask_again(case: _Case, invitation: OpenInvitation) -> Verdict:
    if case.trace:
        case.trace.note(
            "open",
            ok=True,
            rule=invitation.rule,
            reason="asked",
            channel=invitation.channel,
            detail=f"{invitation.id} again",
        )
    return Verdict(
        reason="asked",
        rule=invitation.rule,
        questionnaire=invitation.questionnaire,
        channel=invitation.channel,
        again=True,
        invitation=invitation.id,
        expires_at=invitation.expires_at,
        tz_source=case.source,
        trace=case.steps,
    )


def _try_rules(case: _Case, best: CompiledRule, others: Iterator[CompiledRule]) -> Verdict:
    """Steps 5 and 6: the first rule that passes wins, else the first rule's reason stands."""
    first: _No | None = None
    rule: CompiledRule | None = best
    while rule is not None:
        found = _try_rule(case, rule)
        if isinstance(found, _Yes):
            if case.trace:
                for later in others:
                    case.trace.note("order", ok=False, rule=later.rule.id, detail=f"{rule.rule.id} comes first")
            return Verdict(
                reason="asked",
                rule=rule.rule.id,
                questionnaire=found.questionnaire,
                channel=found.channel,
                expires_at=case.now + rule.rule.valid_for,
                tz_source=case.source,
                trace=case.steps,
            )
        first = first or found
        rule = next(others, None)
    assert first is not None, "there is at least one rule"
    return Verdict(reason=first.reason, rule=best.rule.id, until=first.until, tz_source=case.source, trace=case.steps)


def _try_rule(case: _Case, compiled: CompiledRule) -> _Yes | _No:
    """Step 5 for one rule: sample and variant, quota, what stops every channel, then the channels."""
    rule, trace = compiled.rule, case.trace
    if not compiled.in_sample(case.event.person):
        return _refuse(case, rule, "sample", "not_sampled")
    if trace:
        trace.note("sample", ok=True, rule=rule.id)
    variant = compiled.choose_variant(case.lookup, case.event.person)
    if variant is None:
        return _refuse(case, rule, "variant", "no_variant")
    if trace:
        trace.note("variant", ok=True, rule=rule.id, detail=variant.ask)
    if rule.quota is not None:
        used = quota_used(rule.quota, case.quotas.get(rule.id, UNUSED), case.now, case.compiled.zone)
        if used >= rule.quota.limit:
            return _refuse(case, rule, "quota", "quota_full", detail=f"{used} of {rule.quota.limit}")
        if trace:
            trace.note("quota", ok=True, rule=rule.id, detail=f"{used} of {rule.quota.limit}")
    stop = case.stop(variant.ask, None, rule.ignore)
    if stop is not None:
        return _refuse_for(case, rule, stop)
    if trace:
        trace.note("tact", ok=True, rule=rule.id)
    return _choose_channel(case, compiled, variant.ask)


def _choose_channel(case: _Case, compiled: CompiledRule, questionnaire: str) -> _Yes | _No:
    """Step 5 d: the first channel that is free, else the first channel's reason."""
    first: _No | None = None
    for channel in compiled.channels:
        found = _try_channel(case, compiled.rule, channel, questionnaire)
        if found is None:
            if case.trace:
                case.trace.note("channel", ok=True, rule=compiled.rule.id, channel=channel.id)
            return _Yes(questionnaire, channel.id)
        first = first or found
    return first or _refuse(case, compiled.rule, "channel", "unreachable", detail="no channel")


def _try_channel(case: _Case, rule: Rule, channel: Channel, questionnaire: str) -> _No | None:
    if not _reachable(channel, case.event.reach):
        return _refuse(case, rule, "channel", "unreachable", channel=channel.id)
    if channel.id in case.state.opted_out:
        return _refuse(case, rule, "channel", "opted_out", channel=channel.id)
    stop = case.stop(questionnaire, channel.id, rule.ignore)
    return None if stop is None else _refuse_for(case, rule, stop, channel.id)


def _reachable(channel: Channel, reach: Mapping[str, bool | str] | None) -> bool:
    """Tell whether a channel can be taken now: on screen and offered. What sends can't be, yet."""
    return channel.on_screen and (reach is None or bool(reach.get(channel.id)))


def _refuse(case: _Case, rule: Rule, step: str, reason: Reason, *, channel: str | None = None, detail: str = "") -> _No:
    if case.trace:
        case.trace.note(step, ok=False, rule=rule.id, reason=reason, channel=channel, detail=detail)
    return _No(reason)


def _refuse_for(case: _Case, rule: Rule, stop: Stop, channel: str | None = None) -> _No:
    if case.trace:
        case.trace.note(
            "tact" if channel is None else "channel",
            ok=False,
            rule=rule.id,
            reason=stop.reason,
            channel=channel,
            until=stop.until,
            detail=describe_stop(stop),
        )
    return _No(stop.reason, stop.until)
