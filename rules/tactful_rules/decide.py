"""The decision: steps 1 to 6 of the rules, in their order, and nothing else.

Pure: the same ruleset, event, state, quotas and instant give the same verdict. An unknown never makes us ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tactful_rules.compiled import CompiledRule, CompiledRuleset
from tactful_rules.deciding.case import Case, No, Yes
from tactful_rules.deciding.rule import try_rule
from tactful_rules.model.decision import Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import EVERY_CHANNEL, OpenInvitation, PersonState, QuotaUse
from tactful_rules.sampling import bucket
from tactful_rules.trace import Trace, describe_failure

__all__ = ["CompiledRule", "CompiledRuleset", "decide", "decide_again"]


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
    case = Case.of(compiled, event, state, quotas, now, Trace() if trace else None)
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


def decide_again(
    compiled: CompiledRuleset,
    event: Event,
    state: PersonState,
    quotas: Mapping[str, QuotaUse],
    now: Instant,
    *,
    invitation: OpenInvitation,
    tried: Collection[str] = (),
    asked: Collection[Instant] = (),
    trace: bool = False,
) -> Verdict:
    """Decide again before a scheduled invitation is sent, or before its fallback is: `sending`, `deferred` or a no.

    Steps 3 and 5, for the invitation's rule alone and sent channels alone, without those in `tried`; `event.reach` has
    an address for each that can be reached. The invitation's own place in the quota is free, `delay` was served, and
    what this touchpoint event asked already counts in no pause and no cap: by those of its invitations that are still
    open, and at the instants `asked` by those that are not.
    """
    case = Case.of(compiled, event, state, quotas, now, Trace() if trace else None)
    rule = compiled.rule_at(event.touchpoint, invitation.rule)
    if rule is None or event.touchpoint not in compiled.ruleset.touchpoints or not rule.in_force(now):
        return case.no("rules", "no_rule", f"{invitation.rule} does not hold here any more")
    own = [*(one for one in state.open if _is_of(one, invitation)), invitation]
    case.own = [one.id for one in own]
    by_itself = {*asked, *(at for one in own for at in (one.sent_at, one.displayed_at))}
    case.history = tuple(
        past
        for past in state.history
        if past.kind != "asked" or past.touchpoint != event.touchpoint or past.at not in by_itself
    )
    case.kind, case.tried, case.served = "sent", tried, True
    return _check_person(case) or _try_rules(case, rule, iter(()))


def _is_of(one: OpenInvitation, other: OpenInvitation) -> bool:
    """Tell whether two open invitations come of one touchpoint event: while one is open no other event asks there."""
    return (one.rule, one.touchpoint) == (other.rule, other.touchpoint)


def _find_rules(case: Case) -> tuple[CompiledRule, Iterator[CompiledRule]] | None:
    """Step 2: the rules here that are enabled, in force and whose `when` is true; a trace names the others too."""
    compiled, touchpoint = case.compiled, case.event.touchpoint
    if case.trace:
        rules = iter([rule for rule in compiled.rules_at(touchpoint) if _trace_match(case, case.trace, rule)])
        best = next(rules, None)
        return None if best is None else (best, rules)
    first = compiled.find_rule(touchpoint, case.now, case.lookup)
    return None if first is None else (first[0], compiled.find_others(touchpoint, case.now, case.lookup, first))


def _trace_match(case: Case, trace: Trace, rule: CompiledRule) -> bool:
    ok = rule.in_force(case.now)
    trace.note("window", ok, rule=rule.rule.id)
    if ok:
        ok = rule.when is None or rule.when(case.lookup)
        detail = "" if ok else describe_failure(rule.rule.when, case.lookup, case.compiled.regex)
        trace.note("when", ok, rule=rule.rule.id, detail=detail)
    return ok


def _check_person(case: Case) -> Verdict | None:
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


def _check_open(case: Case) -> Verdict | None:
    """Step 4: an open invitation is shown again at its own touchpoint, or blocks every other ask.

    One that is only scheduled leaves the screen to whoever finds a reason to ask there.
    """
    now = case.now
    waiting = case.state.open and [it for it in case.state.open if now < it.deadline()]  # mostly nothing is
    for invitation in waiting:
        if invitation.touchpoint == case.event.touchpoint and _is_shown(invitation, now):
            return _ask_again(case, invitation)
    for invitation in waiting:
        if not invitation.scheduled(now):
            return case.no("open", "pending", f"{invitation.id} at {invitation.touchpoint} is open")
    if waiting:
        case.kind, case.own = "on_screen", tuple([invitation.id for invitation in waiting])
    if case.trace:
        detail = f"{', '.join(case.own)} scheduled: only an ask on screen comes before" if waiting else ""
        case.trace.note("open", ok=True, detail=detail)
    return None


def _is_shown(invitation: OpenInvitation, now: Instant) -> bool:
    """Tell whether an on-screen ask was displayed, or is to be within its half hour."""
    return invitation.on_screen and (invitation.displayed_at is not None or now < invitation.held_until())


def _ask_again(case: Case, invitation: OpenInvitation) -> Verdict:
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


def _try_rules(case: Case, best: CompiledRule, others: Iterator[CompiledRule]) -> Verdict:
    """Steps 5 and 6: the first rule that passes wins, else the first rule's reason stands."""
    first: No | None = None
    rule: CompiledRule | None = best
    while rule is not None:
        found = try_rule(case, rule)
        if isinstance(found, Yes):
            if case.trace:
                for later in others:
                    case.trace.note("order", ok=False, rule=later.rule.id, detail=f"{rule.rule.id} comes first")
            return _ask(case, rule, found)
        first = first or found
        rule = next(others, None)
    if case.kind == "on_screen":
        return case.no("open", "pending", f"{', '.join(case.own)} stays scheduled")
    assert first is not None, "there is at least one rule"
    return Verdict(
        reason=first.reason,
        rule=best.rule.id,
        until=first.until,
        limit=first.limit,
        tz_source=case.source,
        trace=case.steps,
    )


def _ask(case: Case, compiled: CompiledRule, found: Yes) -> Verdict:
    start = case.now if found.not_before is None else found.not_before
    return Verdict(
        reason=found.reason,
        rule=compiled.rule.id,
        questionnaire=found.questionnaire,
        channel=found.channel,
        not_before=found.not_before,
        expires_at=start + compiled.rule.valid_for,
        limit=found.limit,
        supersedes=tuple(case.own) if found.reason == "asked" else (),
        tz_source=case.source,
        trace=case.steps,
    )
