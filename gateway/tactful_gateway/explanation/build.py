"""Builds the explanation of one decision from the very inputs of `decide`; pure, like it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tactful_gateway.explanation.conditions import explainer
from tactful_gateway.explanation.model import (
    ExplainedEvent,
    ExplainedMemory,
    ExplainedOpen,
    ExplainedState,
    Explanation,
)
from tactful_gateway.explanation.rules import Circumstances, draw, explain_rule
from tactful_gateway.explanation.times import write_step, write_time
from tactful_rules.compiled import CompiledRuleset
from tactful_rules.conditions import Attributes
from tactful_rules.decide import decide
from tactful_rules.model.decision import Step
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant, rfc3339
from tactful_rules.model.person import PersonState, QuotaUse
from tactful_rules.tact import timezone_of


def build_explanation(
    compiled: CompiledRuleset,
    event: Event,
    state: PersonState,
    quotas: Mapping[str, QuotaUse],
    now: Instant,
    *,
    remembered: ExplainedMemory | None = None,
    hints: tuple[str, ...] = (),
) -> Explanation:
    """Decide an event and keep everything that was looked at; rules that are disabled or never reached included."""
    verdict = decide(compiled, event, state, quotas, now, trace=True)
    ruleset = compiled.ruleset
    zone, source = timezone_of(event, state, compiled.zone)
    explain = explainer(Attributes(event, state, now, zone).__getitem__, compiled.regex, event.rejected_params)
    # Stable, as deciding sorts them: file order within a priority.
    rules = sorted((rule for rule in ruleset.rules if event.touchpoint in rule.at), key=lambda rule: -rule.priority)
    holdout = ruleset.settings.holdout
    steps: defaultdict[str | None, list[Step]] = defaultdict(list)
    for step in verdict.trace:
        steps[step.rule].append(step)
    given = Circumstances(compiled, event.person, now, quotas, verdict, steps, explain)
    return Explanation(
        touchpoint=event.touchpoint,
        person=event.person,
        at=rfc3339(now),
        ruleset=compiled.version,
        ask=verdict.ask,
        reason=verdict.reason,
        rule=verdict.rule,
        questionnaire=verdict.questionnaire,
        channel=verdict.channel,
        again=verdict.again,
        invitation=verdict.invitation,
        not_before=write_time(verdict.not_before),
        until=write_time(verdict.until),
        timezone=zone.key,
        tz_source=source,
        params=event.params,
        rejected_params=event.rejected_params,
        traits=event.traits,
        reach=event.reach,
        device=event.device,
        page=event.page,
        state=_state(state),
        holdout=draw("holdout", event.person, holdout) if holdout > 0 else None,
        remembered=remembered,
        hints=hints,
        steps=tuple(map(write_step, steps.get(None, ()))),
        rules=tuple(explain_rule(given, rule) for rule in rules),
    )


def _state(state: PersonState) -> ExplainedState:
    return ExplainedState(
        asks=state.asks,
        answers=state.answers,
        dismissals=state.dismissals,
        last_asked=write_time(state.last_asked),
        last_answered=write_time(state.last_answered),
        last_score=state.last_score,
        opted_out=state.opted_out,
        open=tuple(
            ExplainedOpen(
                entry.id,
                entry.rule,
                entry.questionnaire,
                entry.touchpoint,
                entry.channel,
                rfc3339(entry.decided_at),
                entry.displays,
                rfc3339(entry.deadline()),
            )
            for entry in state.open
        ),
        history=tuple(
            ExplainedEvent(
                event.kind, rfc3339(event.at), event.questionnaire, event.touchpoint, event.channel, event.stage
            )
            for event in state.history
        ),
    )
