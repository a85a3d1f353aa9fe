"""Random rulesets: few rules, four channels, three touchpoints, every kind of do-not-disturb around the same spans."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, TypeAlias

import hypothesis.strategies as st

from tactful_rules.model.condition import Test
from tactful_rules.model.ids import DAY, HOUR, MINUTE, Instant, to_instant
from tactful_rules.model.policy import Cap, DoNotDisturb, Holidays, Pause, QuietHours
from tactful_rules.model.questionnaire import Question, Questionnaire
from tactful_rules.model.rule import ChannelStep, Per, Quota, Reminder, Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset, Settings
from tactful_rules.model.touchpoint import Touchpoint

Unit: TypeAlias = Literal["answers", "asks"]

CHANNELS = {
    "web": Channel("web", "widget"),
    "app": Channel("app", "app"),
    "sms": Channel("sms", "http"),
    "email": Channel("email", "email"),
}
ON_SCREEN, SENT = ("web", "app"), ("sms", "email")
TOUCHPOINTS = {
    "pay": Touchpoint("pay", stage="order"),
    "menu": Touchpoint("menu", stage="order"),
    "table": Touchpoint("table"),
}
QUESTIONNAIRES = {
    it: Questionnaire(it, questions=(Question(id="score", type="csat", text={"": "How was it?"}),))
    for it in ("long", "short")
}
RULES = ("r0", "r1", "r2")
ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Shanghai")
STARTS: tuple[Instant, ...] = tuple(
    to_instant(datetime.fromisoformat(it).replace(tzinfo=UTC))
    for it in (
        "2026-03-07T22:30",  # New York loses an hour
        "2026-11-01T00:30",  # and gets it back
        "2026-04-04T10:00",  # Lord Howe, half an hour
        "2026-10-03T10:00",
        "2026-04-23T20:00",  # Cairo has no midnight
        "2026-09-06T01:00",  # nor has Santiago
        "2026-06-15T12:00",
    )
)
"""Shortly before the clocks of `ZONES` change."""
ANCHOR = Cap(1_000, 400 * DAY)
"""Never reached: it keeps history from being pruned, where a later ruleset looks further back than the one before."""

REACHES: list[dict[str, bool | str] | None] = [
    None,
    {},
    {"web": True},
    {"app": True, "email": "p@example.org"},
    {"sms": "+861380000", "email": "p@example.org"},
    {"web": True, "app": True, "sms": "+861380000", "email": "p@example.org"},
    {"web": True, "app": True, "sms": "+861380000", "email": "p@example.org"},
]
"""What callers offer; None says nothing, so every on-screen channel is."""

spans = st.sampled_from([10 * MINUTE, 30 * MINUTE, 2 * HOUR, DAY, 3 * DAY, 7 * DAY])
pers: st.SearchStrategy[Per] = spans | st.sampled_from(["day", "week", "month"])
minutes_of_day = st.sampled_from([0, 60, 90, 120, 150, 480, 720, 1260, 1380])
weekdays = st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), unique=True, max_size=4)
sames = st.sampled_from([None, None, "questionnaire", "touchpoint", "stage", "channel"])
actions = st.sampled_from(["wait", "wait", "wait", "next", "drop"])
some_channels = st.lists(st.sampled_from(list(CHANNELS)), unique=True, max_size=2).map(tuple)
ons = st.just(()) | some_channels


@st.composite
def quiet_hours(draw: st.DrawFn) -> QuietHours:
    """Draw a window; it is an error in a folder for both ends to be the same."""
    from_ = draw(minutes_of_day)
    to = draw(st.one_of(minutes_of_day, st.just(1440)).filter(lambda it: it != from_))
    return QuietHours(from_, to, days=tuple(draw(st.just([]) | weekdays)), on=draw(ons), then=draw(actions))


DATES = ("2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2026-04-24", "2026-09-06", "2026-06-16", "2026-06-17")
policies = st.builds(
    DoNotDisturb,
    pauses=st.lists(
        st.builds(Pause, st.sampled_from(["asked", "answered", "dismissed"]), spans, sames, ons), max_size=2
    ).map(tuple),
    caps=st.lists(st.builds(Cap, st.integers(1, 3), pers, sames, ons), max_size=2).map(tuple),
    quiet_hours=st.lists(quiet_hours(), max_size=2).map(tuple),
    holidays=st.lists(
        st.builds(
            Holidays,
            dates=st.lists(st.sampled_from(DATES), min_size=1, max_size=8, unique=True).map(tuple),
            on=ons,
            then=actions,
        ),
        max_size=1,
    ).map(tuple),
)


@st.composite
def steps(draw: st.DrawFn) -> tuple[ChannelStep, ...]:
    """Draw a rule's channels; only a sent one that is not the first may be a fallback."""
    order = st.sampled_from(
        [("web", "sms"), ("email", "sms"), ("web", "email", "sms"), ("sms",), ("email", "web", "sms")]
    )
    channels = draw(order | order | st.permutations(list(CHANNELS)) | st.just(()))
    return tuple(
        ChannelStep(it, draw(st.sampled_from([None, 30 * MINUTE, 2 * HOUR, DAY])) if place and it in SENT else None)
        for place, it in enumerate(channels)
    )


@st.composite
def rules(draw: st.DrawFn, name: str, quota: tuple[Unit, Per | None] | None) -> Rule:
    """Draw a rule; what its quota counts is given, so that every ruleset of one run counts the same."""
    variants = draw(
        st.lists(
            st.builds(
                Variant,
                st.sampled_from(list(QUESTIONNAIRES)),
                when=st.sampled_from([None, None, Test("history.answers", "is", 0)]),
                weight=st.sampled_from([1.0, 3.0]),
            ),
            min_size=1,
            max_size=2,
        )
    )
    return Rule(
        id=name,
        at=tuple(draw(st.lists(st.sampled_from(list(TOUCHPOINTS)), min_size=1, max_size=3, unique=True))),
        variants=tuple(variants),
        when=draw(st.sampled_from([None] * 7 + [Test("person.vip", "is", True)])),
        sample=draw(st.sampled_from([None] * 15 + [0.5])),
        channels=draw(steps()),
        quota=None if quota is None else Quota(quota[0], draw(st.integers(1, 3)), quota[1]),
        from_=draw(st.sampled_from([None] * 15 + [STARTS[0] + 2 * HOUR])),
        until=draw(st.sampled_from([None] * 15 + [STARTS[1] + 2 * HOUR])),
        delay=draw(st.sampled_from([0, 0, 0, 0, HOUR, 6 * HOUR])),
        valid_for=draw(st.sampled_from([72 * HOUR, 12 * HOUR, 72 * HOUR, HOUR])),
        enabled=draw(st.sampled_from([True] * 15 + [False])),
        remind=draw(st.none() | st.builds(Reminder, st.sampled_from([HOUR, 6 * HOUR]), st.integers(1, 2))),
        ignore=draw(st.just(()) | st.lists(st.sampled_from(["pauses", "caps", "quiet_hours"]), unique=True).map(tuple)),
    )


units: st.SearchStrategy[Unit] = st.sampled_from(["asks", "answers"])
quotas = st.none() | st.tuples(units, st.none() | pers)


@st.composite
def rulesets(draw: st.DrawFn) -> list[Ruleset]:
    """Draw the rulesets that take turns in one run; a single one prunes what it no longer looks at."""
    counted = {it: draw(quotas) for it in RULES}
    number = draw(st.integers(1, 3))
    zone = draw(st.sampled_from(ZONES))
    return [
        Ruleset(
            settings=Settings(timezone=zone, holdout=draw(st.sampled_from([0.0] * 15 + [0.3]))),
            touchpoints=TOUCHPOINTS,
            rules=tuple(draw(rules(it, counted[it])) for it in RULES[: draw(st.integers(1, 3))]),
            questionnaires=QUESTIONNAIRES,
            channels=CHANNELS,
            do_not_disturb=with_anchor(draw(policies), number > 1),
        )
        for _ in range(number)
    ]


@st.composite
def narrow_rulesets(draw: st.DrawFn) -> list[Ruleset]:
    """Draw rulesets in which hardly anything but a quota of one or two stops an ask; one of them may lack a rule."""
    names = RULES[:2]
    counted = {it: (draw(units), draw(st.none() | pers | spans)) for it in names}
    zone = draw(st.sampled_from(ZONES))
    return [
        Ruleset(
            settings=Settings(timezone=zone),
            touchpoints=TOUCHPOINTS,
            rules=tuple(
                Rule(
                    id=it,
                    at=tuple(TOUCHPOINTS),
                    variants=(Variant("short"),),
                    channels=draw(steps()),
                    quota=Quota(counted[it][0], draw(st.sampled_from([1, 1, 2])), counted[it][1]),
                    valid_for=draw(st.sampled_from([72 * HOUR, 12 * HOUR])),
                )
                for it in names[: draw(st.integers(1, 2))]
            ),
            questionnaires=QUESTIONNAIRES,
            channels=CHANNELS,
            do_not_disturb=DoNotDisturb(caps=(ANCHOR,)),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]


def with_anchor(policy: DoNotDisturb, anchored: bool) -> DoNotDisturb:
    """Add the cap that keeps all history."""
    return DoNotDisturb(
        policy.pauses, (*policy.caps, ANCHOR) if anchored else policy.caps, policy.quiet_hours, policy.holidays
    )
