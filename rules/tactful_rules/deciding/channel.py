"""Step 5 d: the first channel of a rule that is free, or worth waiting for; else the first channel's reason."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from tactful_rules.compiled import CompiledRule
from tactful_rules.deciding.case import Case, No, Yes
from tactful_rules.model.ids import Instant
from tactful_rules.model.rule import Rule
from tactful_rules.model.ruleset import Channel
from tactful_rules.tact import Stretch
from tactful_rules.trace import describe_stretch, write_span


def choose_channel(case: Case, compiled: CompiledRule, questionnaire: str) -> Yes | No:
    """Go through the channels in the rule's order; one whose quiet time says `drop` ends the rule."""
    first: No | None = None
    for channel in compiled.channels:
        if not _is_looked_at(case, channel):
            continue
        found = _try_channel(case, compiled.rule, channel, questionnaire)
        if isinstance(found, Yes):
            if first is None or first.limit is None or found.limit is not None:
                return found
            return replace(found, limit=first.limit)
        if found.final:
            return found
        first = first or found
    return first or case.refuse(compiled.rule, "channel", "unreachable", detail="no channel")


def _is_looked_at(case: Case, channel: Channel) -> bool:
    if channel.id in case.tried:
        return False
    return case.kind is None or channel.on_screen == (case.kind == "on_screen")


def _try_channel(case: Case, rule: Rule, channel: Channel, questionnaire: str) -> Yes | No:
    on_screen = channel.on_screen
    if not _reachable(channel.id, case.event.reach, on_screen=on_screen):
        return case.refuse(rule, "channel", "unreachable", channel=channel.id)
    if channel.id in case.state.opted_out:
        return case.refuse(rule, "channel", "opted_out", channel=channel.id)
    at = case.now if on_screen or case.served else case.now + rule.delay
    stop = case.stop(questionnaire, channel.id, rule.ignore, at) if case.compiled.tact.by_channel else None
    if stop is not None:
        return case.refuse_for(rule, stop, channel.id)
    times = None if "quiet_hours" in rule.ignore else case.compiled.quiet.get(channel.id)
    stretch = None if times is None else times.find(at, case.zone, rule.valid_for)
    if stretch is not None:
        return _weigh(case, rule, channel, questionnaire, stretch, at)
    return _take(case, rule, channel, questionnaire, at)


def _reachable(channel: str, reach: Mapping[str, bool | str] | None, *, on_screen: bool) -> bool:
    """Tell whether a screen was offered, and everything on screen is when nothing was said; or an address is known."""
    if on_screen:
        return reach is None or bool(reach.get(channel))
    address = None if reach is None else reach.get(channel)
    return isinstance(address, str) and bool(address)


def _weigh(case: Case, rule: Rule, channel: Channel, questionnaire: str, stretch: Stretch, at: Instant) -> Yes | No:
    """Wait for the end of a quiet stretch, go on to the next channel, or end the rule. On screen nothing can wait."""
    waits = stretch.then == "wait" and not channel.on_screen
    if waits and stretch.until is not None and stretch.until - at <= rule.valid_for:
        detail = describe_stretch(stretch) if case.trace else ""
        return _take(case, rule, channel, questionnaire, stretch.until, detail, case.compiled.limits[id(stretch.by)])
    detail = ""
    if case.trace:
        detail = describe_stretch(stretch) + (f", and valid for {write_span(rule.valid_for)} only" if waits else "")
    drop = stretch.then == "drop"
    return case.refuse(
        rule,
        "channel",
        "quiet_hours",
        channel=channel.id,
        until=stretch.until,
        detail=detail,
        final=drop,
        by=stretch.by,
    )


def _take(
    case: Case,
    rule: Rule,
    channel: Channel,
    questionnaire: str,
    at: Instant,
    detail: str = "",
    limit: str | None = None,
) -> Yes:
    if at == case.now:
        if case.trace:
            case.trace.note("channel", ok=True, rule=rule.id, channel=channel.id)
        return Yes(questionnaire, channel.id, "asked" if channel.on_screen else "sending")
    if case.trace:
        why = detail or f"delay of {write_span(rule.delay)}"
        case.trace.note("channel", ok=True, rule=rule.id, reason="deferred", channel=channel.id, until=at, detail=why)
    return Yes(questionnaire, channel.id, "deferred", at, limit)
