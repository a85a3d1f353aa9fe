"""A person's life with many touchpoints: however it goes, no window ever holds more asks than the policy allows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY, HOUR, MINUTE, to_datetime
from tactful_rules.model.person import NOBODY, HistoryEvent, OpenInvitation
from tactful_rules.model.policy import Cap, DoNotDisturb, HistoryKind, Pause
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.tact import longest_window

START = 1_795_305_600_000
ZONE = ZoneInfo("Africa/Cairo")
sames = st.sampled_from([None, "questionnaire", "touchpoint", "stage", "channel"])
ons = st.sampled_from([(), ("web",)])
pauses = st.builds(Pause, st.sampled_from(get_args(HistoryKind)), st.sampled_from([HOUR, DAY, 7 * DAY]), sames, ons)
caps = st.builds(Cap, st.integers(1, 2), st.sampled_from([HOUR, 3 * DAY, "day", "week", "month"]), sames, ons)


class Person(RuleBasedStateMachine):
    """Plays the ledger for one person; `past` is the whole history, the state's is pruned as the ledger prunes it."""

    @initialize(some_pauses=st.lists(pauses, max_size=2).map(tuple), some_caps=st.lists(caps, max_size=2).map(tuple))
    def begin(self, some_pauses: tuple[Pause, ...], some_caps: tuple[Cap, ...]) -> None:
        self.policy = DoNotDisturb(pauses=some_pauses, caps=some_caps)
        ruleset = Ruleset(
            touchpoints={"pay": Touchpoint("pay", stage="order"), "eat": Touchpoint("eat", stage="order"),
                         "leave": Touchpoint("leave")},
            rules=(
                Rule(id="one", at=("pay", "leave"), variants=(Variant("nps"),)),
                Rule(id="two", at=("eat",), variants=(Variant("nps"),)),
                Rule(id="three", at=("pay", "eat"), variants=(Variant("csat"),)),
            ),
            channels={"web": Channel("web", "widget"), "app": Channel("app", "app")},
            do_not_disturb=self.policy,
        )  # fmt: skip
        self.compiled = CompiledRuleset(ruleset)
        self.now = START
        self.state = NOBODY
        self.past: list[HistoryEvent] = []

    @rule(span=st.sampled_from([1, 5 * MINUTE, HOUR, 7 * HOUR, DAY, 6 * DAY]))
    def time_passes(self, span: int) -> None:
        self.now += span

    @rule(
        touchpoint=st.sampled_from(["pay", "eat", "leave"]),
        reaction=st.sampled_from(["answered", "dismissed", "none", "unseen"]),
    )
    def reach_a_touchpoint(self, touchpoint: str, reaction: str) -> None:
        event = Event(touchpoint=touchpoint, person="u", event_id="e", timezone=ZONE.key)
        found = decide(self.compiled, event, self.state, {}, self.now)
        waiting = [one for one in self.state.open if one.deadline() > self.now]
        if found.reason != "asked":
            return
        if found.again:
            assert found.invitation in [one.id for one in waiting if one.touchpoint == touchpoint]
            return
        assert not waiting, "an open invitation blocks every other ask"
        assert found.questionnaire
        assert found.channel
        if reaction == "unseen":
            held = OpenInvitation(
                "i", "r", found.questionnaire, touchpoint, found.channel, True, self.now, self.now + DAY
            )
            self.state = replace(self.state, open=(held,))
            return
        for kind in ("asked", reaction):
            if kind != "none":
                stage = self.compiled.ruleset.touchpoints[touchpoint].stage
                self._remember(HistoryEvent(kind, self.now, found.questionnaire, touchpoint, found.channel, stage))  # type: ignore[arg-type]  # a kind

    def _remember(self, event: HistoryEvent) -> None:
        self.past.append(event)
        oldest = self.now - longest_window(self.policy)
        kept = tuple(event for event in (*self.state.history, event) if event.at > oldest)
        self.state = replace(self.state, history=kept, open=())

    @invariant()
    def no_ask_fell_into_a_pause(self) -> None:
        for place, ask in enumerate(self.past):
            before = self.past[:place]
            for pause in self.policy.pauses:
                if ask.kind == "asked" and (not pause.on or ask.channel in pause.on):
                    earlier = [one.at for one in before if one.kind == pause.after and _share(pause.same, one, ask)]
                    assert all(ask.at >= at + pause.for_ for at in earlier)

    @invariant()
    def no_window_holds_more_asks_than_its_cap(self) -> None:
        for cap in self.policy.caps:
            asks = [one for one in self.past if one.kind == "asked" and (not cap.on or one.channel in cap.on)]
            for last in asks:
                inside = [one for one in asks if one.at <= last.at and _within(cap, one.at, last.at)]
                assert sum(1 for one in inside if _share(cap.same, one, last)) <= cap.at_most


def _share(same: str | None, one: HistoryEvent, other: HistoryEvent) -> bool:
    return same is None or (getattr(one, same) is not None and getattr(one, same) == getattr(other, same))


def _within(cap: Cap, at: int, last: int) -> bool:
    if isinstance(cap.per, int):
        return last - cap.per < at
    return _unit(cap.per, at) == _unit(cap.per, last)


def _unit(per: str, at: int) -> date | tuple[int, int]:
    day = to_datetime(at).astimezone(ZONE).date()
    return {"day": day, "week": day - timedelta(days=day.weekday())}.get(per, (day.year, day.month))


TestPerson = Person.TestCase
