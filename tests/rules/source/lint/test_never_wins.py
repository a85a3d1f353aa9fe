"""A rule that is called shadowed never wins, and one that can never match never does: by deciding random events."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.condition import AnyOf, Condition, Not, Test
from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HistoryEvent, PersonState, QuotaUse
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause, QuietAction, QuietHours
from tactful_rules.model.questionnaire import Question, Questionnaire
from tactful_rules.model.rule import ChannelStep, Quota, Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.source.lint.never import warn_of_never
from tactful_rules.source.lint.places import Places
from tactful_rules.source.lint.shadowed import warn_of_shadowed
from tactful_rules.source.reading.report import Report

NOW = 1_795_305_600_000
PLACES = ("here", "there")
CHANNELS = {"web": "widget", "app": "app", "sms": "http"}
ASKS = ("p", "q")
TESTS = (
    Test("n", "at_least", 2), Test("n", "less_than", 2), Test("n", "in", (1, 2)), Test("n", "is_not", 2),
    Test("person.c", "is", "DE"), Test("person.c", "in", ("DE", "AT")), Test("person.c", "starts_with", "D"),
    Test("person.c", "exists", True), Test("person.c", "exists", False), Test("history.asks", "at_least", 0),
)  # fmt: skip

tests: st.SearchStrategy[Condition] = st.sampled_from(TESTS)
conditions = st.one_of(
    st.none(),
    st.none(),
    tests,
    tests.map(Not),
    st.lists(tests, min_size=2, max_size=2).map(lambda parts: AnyOf(tuple(parts))),
)
moments = st.sampled_from([None, None, None, None, NOW - HOUR, NOW, NOW + HOUR])


def _steps(names: list[str], fallback: bool) -> tuple[ChannelStep, ...]:
    return tuple(
        ChannelStep(name, HOUR if fallback and name == "sms" and place else None) for place, name in enumerate(names)
    )


some_channels = st.builds(_steps, st.lists(st.sampled_from(list(CHANNELS)), unique=True, max_size=3), st.booleans())
variants = st.lists(st.builds(Variant, st.sampled_from(ASKS), conditions), min_size=1, max_size=2).map(tuple)
rules = st.builds(
    Rule,
    id=st.just(""),
    at=st.lists(st.sampled_from(PLACES), min_size=1, max_size=2, unique=True).map(tuple),
    variants=variants | st.sampled_from(ASKS).map(lambda ask: (Variant(ask),)),
    when=conditions,
    sample=st.sampled_from([None, None, None, 0.5]),
    channels=st.just(()) | some_channels,
    quota=st.sampled_from([None, None, None, Quota("asks", 3)]),
    from_=moments,
    until=moments,
    enabled=st.sampled_from([True] * 7 + [False]),
    delay=st.sampled_from([0, 0, 0, HOUR]),
    valid_for=st.sampled_from([72 * HOUR, 2 * HOUR]),
    ignore=st.sampled_from([(), (), ("pauses",), ("caps", "pauses"), ("quiet_hours",)]),
)


def _pair(rule: Rule, change: dict[str, object], first: bool) -> list[Rule]:
    """Give a rule that nothing of its own keeps from asking, twice, one of them changed in one way."""
    plain = replace(rule, variants=(Variant("p"),), sample=None, quota=None, from_=None, until=None, delay=0)
    changed = replace(plain, enabled=True, **change)
    return [changed, replace(plain, enabled=True)] if first else [replace(plain, enabled=True), changed]


def change(key: str, strategy: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return strategy.map(lambda value: {key: value})


changes = st.one_of(
    change("sample", st.just(0.5)),
    change("quota", st.just(Quota("asks", 3))),
    change("delay", st.just(HOUR)),
    change("from_", st.sampled_from([NOW, NOW + HOUR])),
    change("until", st.sampled_from([NOW, NOW + HOUR])),
    change("valid_for", st.just(2 * HOUR)),
    change("variants", st.sampled_from([(Variant("q"),), (Variant("p", Test("n", "is", 2)),)])),
    change("ignore", st.sampled_from([("pauses",), ("caps",), ("quiet_hours",)])),
    change("channels", some_channels),
)
pairs = st.builds(_pair, rules, changes, st.booleans())
on = st.sampled_from([(), (), ("web",), ("app", "sms")])
sames = st.sampled_from([None, None, "questionnaire", "touchpoint", "channel"])
thens: st.SearchStrategy[QuietAction] = st.sampled_from(["wait", "next", "drop"])
CLOCK = NOW % DAY // MINUTE
quiet = st.builds(
    QuietHours,
    from_=st.sampled_from([(CLOCK - 30) % 1440, CLOCK + 30]),
    to=st.sampled_from([CLOCK + 90, CLOCK + 240]),
    on=st.sampled_from([(), ("sms",), ("app", "sms"), ("web",)]),
    then=thens,
)
policies = st.builds(
    DoNotDisturb,
    pauses=st.lists(st.builds(Pause, st.just("asked"), st.just(7 * DAY), sames, on), max_size=2).map(tuple),
    caps=st.lists(st.builds(Cap, st.just(1), st.just(DAY), sames, on), max_size=1).map(tuple),
    quiet_hours=st.lists(quiet, max_size=2).map(tuple),
)
happened = st.builds(
    HistoryEvent,
    kind=st.just("asked"),
    at=st.sampled_from([NOW - 2 * DAY, NOW - HOUR]),
    questionnaire=st.sampled_from(ASKS),
    touchpoint=st.sampled_from(PLACES),
    channel=st.sampled_from(list(CHANNELS)),
)
people = st.builds(
    PersonState,
    history=st.lists(happened, max_size=2).map(lambda some: tuple(sorted(some, key=lambda event: event.at))),
    opted_out=st.sampled_from([(), (), (), ("web",)]),
)
EVENTS = [
    Event(touchpoint=touchpoint, person=person, event_id="e", params=params, traits=traits, reach=reach)
    for touchpoint in PLACES
    for person in ("u1", "u2")
    for params in ({}, {"n": 1}, {"n": 2}, {"n": 2.5})
    for traits in ({}, {"c": "DE"}, {"c": "AT"}, {"c": "DK"}, {"c": 5})
    for reach in (None, {"web": True}, {"app": True, "sms": "+8613800000000"}, {"sms": "+8613800000000"})
]


def make_ruleset(some: list[Rule], policy: DoNotDisturb) -> Ruleset:
    question = Question("score", "nps", {"": "How?"})
    named = (replace(rule, id=f"r{index}") for index, rule in enumerate(some))
    return Ruleset(
        touchpoints={name: Touchpoint(name, params={"n": {"type": "number"}}) for name in PLACES},
        rules=tuple(named),
        questionnaires={name: Questionnaire(name, (question,)) for name in ASKS},
        channels={name: Channel(name, kind) for name, kind in CHANNELS.items()},
        do_not_disturb=policy,
    )


def called(ruleset: Ruleset) -> set[str]:
    """Give the rules of which it is said that they can never match or never win."""
    report = Report()
    never = warn_of_never(report, ruleset, Places({}))
    warn_of_shadowed(report, ruleset, Places({}), never)
    shadowed = {problem.message.split("`")[1] for problem in report.problems() if problem.code == "shadowed"}
    return shadowed | never


@settings(max_examples=200, deadline=None)
@given(st.lists(rules, min_size=2, max_size=4), policies, st.lists(people, min_size=2, max_size=2))
def test_what_is_said_never_to_win_never_does(
    some: list[Rule], policy: DoNotDisturb, states: list[PersonState]
) -> None:
    check(make_ruleset(some, policy), states)


@settings(max_examples=400, deadline=None)
@given(pairs, policies, people)
def test_of_two_that_differ_in_one_way_what_is_said_never_to_win_never_does(
    some: list[Rule], policy: DoNotDisturb, state: PersonState
) -> None:
    check(make_ruleset(some, policy), [state])


def check(ruleset: Ruleset, states: list[PersonState]) -> None:
    losers = called(ruleset)
    compiled = CompiledRuleset(ruleset)
    quotas = {"r0": QuotaUse(total=3)}
    for event, state in product(EVENTS, states) if losers else ():
        verdict = decide(compiled, event, state, quotas, NOW)
        assert verdict.reason not in ("asked", "sending", "deferred") or verdict.rule not in losers
