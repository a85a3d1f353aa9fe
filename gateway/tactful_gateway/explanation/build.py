"""Builds the explanation of one decision from the very inputs of `decide`; pure, like it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tactful_gateway.explanation.conditions import explainer
from tactful_gateway.explanation.model import (
    ExplainedEvent,
    ExplainedMemory,
    ExplainedOpen,
    ExplainedState,
    Explanation,
    OpenStatus,
)
from tactful_gateway.explanation.rules import Circumstances, draw, explain_rule
from tactful_gateway.explanation.tact import explain_tact
from tactful_gateway.explanation.times import write_step, write_time
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.compiled import CompiledRuleset
from tactful_rules.conditions import Attributes
from tactful_rules.decide import decide
from tactful_rules.model.decision import Step, Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant, rfc3339
from tactful_rules.model.person import OpenInvitation, PersonState, QuotaUse
from tactful_rules.tact import Wish, timezone_of

_UNDECIDED = Verdict(reason="no_rule")


def build_explanation(
    compiled: CompiledRuleset,
    event: Event,
    state: PersonState,
    quotas: Mapping[str, QuotaUse],
    now: Instant,
    *,
    records: Mapping[str, InvitationRecord] | None = None,
    remembered: ExplainedMemory | None = None,
    hints: tuple[str, ...] = (),
) -> Explanation:
    """Decide an event and keep everything that was looked at; rules that are disabled or never reached included.

    An event at no touchpoint, with the empty text for one, is not decided. `records` are those of open invitations.
    """
    verdict = decide(compiled, event, state, quotas, now, trace=True) if event.touchpoint else _UNDECIDED
    ruleset = compiled.ruleset
    zone, source = timezone_of(event, state, compiled.zone)
    holdout = ruleset.settings.holdout
    share = draw("holdout", event.person, holdout) if holdout > 0 else None
    wish = Wish(state, zone, held_out=share is not None and share.inside)
    explain = explainer(Attributes(event, state, now, zone).__getitem__, compiled.regex, event.rejected_params)
    given = Circumstances(compiled, event, now, quotas, verdict, _by_rule(verdict.trace), explain, wish)
    # Stable, as deciding sorts them: file order within a priority.
    rules = sorted((rule for rule in ruleset.rules if event.touchpoint in rule.at), key=lambda rule: -rule.priority)
    return Explanation(
        touchpoint=event.touchpoint or None,
        person=event.person,
        at=rfc3339(now),
        ruleset=compiled.version,
        ask=verdict.ask,
        reason=verdict.reason if event.touchpoint else None,
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
        state=_state(state, records or {}, now),
        tact=explain_tact(compiled, wish, now),
        holdout=share,
        remembered=remembered,
        hints=hints,
        steps=tuple(map(write_step, given.steps.get(None, ()))),
        rules=tuple(explain_rule(given, rule) for rule in rules),
    )


def _by_rule(trace: Iterable[Step]) -> Mapping[str | None, Sequence[Step]]:
    steps: defaultdict[str | None, list[Step]] = defaultdict(list)
    for step in trace:
        steps[step.rule].append(step)
    return steps


def _state(state: PersonState, records: Mapping[str, InvitationRecord], now: Instant) -> ExplainedState:
    return ExplainedState(
        asks=state.asks,
        answers=state.answers,
        dismissals=state.dismissals,
        last_asked=write_time(state.last_asked),
        last_answered=write_time(state.last_answered),
        last_score=state.last_score,
        opted_out=state.opted_out,
        open=tuple(_open(entry, records.get(entry.id), now) for entry in state.open if now < entry.deadline()),
        history=tuple(
            ExplainedEvent(
                event.kind, rfc3339(event.at), event.questionnaire, event.touchpoint, event.channel, event.stage
            )
            for event in state.history
        ),
    )


def _open(entry: OpenInvitation, record: InvitationRecord | None, now: Instant) -> ExplainedOpen:
    scheduled = not entry.on_screen and entry.scheduled(now)
    return ExplainedOpen(
        id=entry.id,
        rule=entry.rule,
        questionnaire=entry.questionnaire,
        touchpoint=entry.touchpoint,
        channel=entry.channel,
        decided_at=rfc3339(entry.decided_at),
        displays=entry.displays,
        deadline=rfc3339(entry.deadline()),
        status=_status(entry, now),
        not_before=write_time(record.not_before) if record is not None and scheduled else None,
        tried=record.attempts if record is not None and scheduled else 0,
        sent_at=write_time(entry.sent_at),
        fallback_at=write_time(entry.fallback_at),
    )


def _status(entry: OpenInvitation, now: Instant) -> OpenStatus:
    if entry.displayed_at is not None:
        return "displayed"
    if entry.sent_at is not None:
        return "sent"
    if entry.sending:
        return "sending"
    return "held" if entry.on_screen and now < entry.held_until() else "scheduled"
