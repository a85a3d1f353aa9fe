"""Runs the tests that stand beside the rules, with the real `decide`; a failing one is a problem at its place."""

from __future__ import annotations

from typing import Any

from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.survey.compiling import compile_ruleset
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.decision import ASKING, Verdict
from tactful_rules.model.event import Device, Event, Page
from tactful_rules.model.folder import InlineTest, SourceProblem, SurveyFolder
from tactful_rules.model.ids import Instant, rfc3339
from tactful_rules.model.person import HistoryEvent, PersonState
from tactful_rules.model.policy import HistoryKind
from tactful_rules.model.rule import Rule
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.params import read_params, read_traits

_SOMEBODY = "somebody"
"""Who a test is about when it does not say; sticky numbers depend on the id."""
_KINDS: tuple[HistoryKind, ...] = ("asked", "answered", "dismissed")


def run_tests(folder: SurveyFolder, now: Instant) -> tuple[SourceProblem, ...]:
    """Decide every inline test, at its own `now` or else at this one, and give the failures as problems."""
    if not folder.tests:
        return ()
    compiled = compile_ruleset(folder.ruleset)
    return tuple(problem for test in folder.tests if (problem := _run(compiled, test, now)) is not None)


def _run(compiled: CompiledRuleset, test: InlineTest, now: Instant) -> SourceProblem | None:
    at = now if test.now is None else test.now
    event = build_event(compiled.ruleset, test)
    verdict = decide(compiled, event, build_state(compiled.ruleset, test, at), {}, at, trace=True)
    wrong = [
        f"{key} {_word(key, test.expect[key])}" for key in test.expect if not _agrees(verdict, key, test.expect[key])
    ]
    if not wrong:
        return None
    message = f'the test "{test.name}" expected {" and ".join(wrong)}, and {_outcome(verdict)}'
    rejected = ", ".join(event.rejected_params)
    hint = f"these params broke their schema: {rejected}" if rejected else _why(compiled, test, verdict)
    return SourceProblem(test.position, "failed_test", message, hint)


def build_event(ruleset: Ruleset, test: InlineTest) -> Event:
    """Give the event that a test describes, its params checked as the gateway would."""
    params, rejected = read_params(ruleset.touchpoints[test.at], test.params, schema_check)
    person = test.person
    return Event(
        touchpoint=test.at,
        person=str(person.get("id", _SOMEBODY)),
        event_id="test",
        params=params,
        rejected_params=rejected,
        traits=read_traits(person),
        reach=test.reach,
        page=Page(**{key: str(value) for key, value in test.page.items()}),
        device=Device(**{key: str(value) for key, value in test.device.items()}),
        timezone=test.timezone,
    )


def build_state(ruleset: Ruleset, test: InlineTest, now: Instant) -> PersonState:
    """Give the person's state that a test describes."""
    happened = sorted((_history_event(ruleset, test, entry, now) for entry in test.history), key=lambda event: event.at)
    by_kind = {kind: [event.at for event in happened if event.kind == kind] for kind in _KINDS}
    scores = [entry["score"] for entry in sorted(test.history, key=lambda entry: -entry["ago"]) if "score" in entry]
    return PersonState(
        history=tuple(happened),
        asks=len(by_kind["asked"]),
        answers=len(by_kind["answered"]),
        dismissals=len(by_kind["dismissed"]),
        last_asked=max(by_kind["asked"], default=None),
        last_answered=max(by_kind["answered"], default=None),
        last_score=scores[-1] if scores else None,
    )


def _history_event(ruleset: Ruleset, test: InlineTest, entry: dict[str, Any], now: Instant) -> HistoryEvent:
    touchpoint = entry.get("touchpoint", test.at)
    return HistoryEvent(
        kind=entry["kind"],
        at=now - entry["ago"],
        questionnaire=entry["questionnaire"],
        touchpoint=touchpoint,
        channel=entry.get("channel", next(iter(ruleset.channels))),
        stage=ruleset.touchpoints[touchpoint].stage if touchpoint else None,
    )


def _agrees(verdict: Verdict, key: str, expected: str | bool | Instant) -> bool:
    if key == "ask":
        asked = verdict.reason in ASKING
        return asked == expected if isinstance(expected, bool) else asked and verdict.questionnaire == expected
    return bool(getattr(verdict, key) == expected)


def _word(key: str, expected: str | bool | Instant) -> str:
    if key == "not_before" and isinstance(expected, Instant):
        return rfc3339(expected)
    return str(expected).lower() if isinstance(expected, bool) else f"`{expected}`"


def _outcome(verdict: Verdict) -> str:
    if verdict.ask:
        return f"the rule `{verdict.rule}` asked `{verdict.questionnaire}` over `{verdict.channel}`"
    if verdict.reason in ASKING:
        when = "at once" if verdict.not_before is None else f"not before {rfc3339(verdict.not_before)}"
        return f"the rule `{verdict.rule}` sends `{verdict.questionnaire}` over `{verdict.channel}`, {when}"
    return f"the reason is `{verdict.reason}`" + (f" of the rule `{verdict.rule}`" if verdict.rule else "")


def _why(compiled: CompiledRuleset, test: InlineTest, verdict: Verdict) -> str:
    """Say what the trace tells of the rules that were expected to ask, else of the step that decided."""
    wanted = _wanted(compiled, test)
    if wanted is not None and not wanted:
        return f"no enabled rule at `{test.at}` could"
    failed = [step for step in verdict.trace if not step.ok]
    about = [step for step in failed if step.rule in (wanted or ())] or [
        step for step in failed if step.reason == verdict.reason
    ]
    said = (f"`{step.rule}`: {step.detail or step.reason}" if step.rule else step.detail for step in about)
    return next((detail for detail in said if detail), "")


def _wanted(compiled: CompiledRuleset, test: InlineTest) -> list[str] | None:
    """Give the rules that a test expects to ask, None if it expects none by name."""
    rule, ask = test.expect.get("rule"), test.expect.get("ask")
    if rule is None and not isinstance(ask, str):
        return None
    rules = [compiled_rule.rule for compiled_rule in compiled.rules_at(test.at)]
    return [each.id for each in rules if rule in (None, each.id) and _may_ask(each, ask)]


def _may_ask(rule: Rule, ask: str | bool | None) -> bool:
    return not isinstance(ask, str) or any(variant.ask == ask for variant in rule.variants)
