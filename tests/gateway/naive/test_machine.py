"""Random commands to the real ledger and to the naive one: both always say the same and no promise breaks."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tactful_rules.model.ids import DAY, HOUR, MINUTE, SECOND, Instant
from tactful_rules.model.ruleset import Ruleset
from tests.gateway.naive.agreement import PERSONS
from tests.gateway.naive.both import Both
from tests.gateway.naive.reading.facts import Invitation
from tests.gateway.naive.surveys import CHANNELS, REACHES, SENT, STARTS, TOUCHPOINTS, ZONES, narrow_rulesets, rulesets

ELSEWHERE: dict[str, bool | str] = {"sms": "+861380000", "email": "p@example.org"}
PROVIDERS = ["takes", "takes", "takes", "refuses", "is busy", "says wait", "hangs"]
persons = st.sampled_from(PERSONS)
places = st.integers(0, 3)
spans = st.sampled_from([1, SECOND, 90 * SECOND, 10 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, 2 * HOUR, 9 * HOUR])
long_spans = st.sampled_from([12 * HOUR, DAY - 1, DAY, 3 * DAY, 10 * DAY])


class InMemory(RuleBasedStateMachine):
    """Commands over the memory store."""

    both: Both

    @initialize(drawn=rulesets(), start=st.sampled_from(STARTS))
    def begin(self, drawn: list[Ruleset], start: Instant) -> None:
        self.both = Both(drawn, start, self.path())

    def path(self) -> Path | None:
        return None

    def teardown(self) -> None:
        if hasattr(self, "both"):
            self.both.real.close()

    @rule(
        person=persons,
        touchpoint=st.sampled_from([*TOUCHPOINTS, *TOUCHPOINTS, "nowhere"]),
        event=st.integers(0, 4),
        reach=st.sampled_from(REACHES),
        zone=st.sampled_from([None, None, *ZONES]),
        vip=st.booleans(),
    )
    def visit(self, person: str, touchpoint: str, event: int, reach: Any, zone: str | None, vip: bool) -> None:
        traits = {"vip": True} if vip else {}
        self.both.visit(person, touchpoint, f"e{event}", reach=reach, timezone=zone, traits=traits)

    @rule(touchpoint=st.sampled_from(list(TOUCHPOINTS)), event=st.integers(5, 99), place=st.integers(0, 2))
    def visit_of_who_can_be_reached(self, touchpoint: str, event: int, place: int) -> None:
        self.both.visit(PERSONS[place], touchpoint, f"e{event}", reach=REACHES[-1])

    @rule(touchpoint=st.sampled_from(list(TOUCHPOINTS)), event=st.integers(5, 99), place=st.integers(0, 2))
    def visit_of_who_is_elsewhere(self, touchpoint: str, event: int, place: int) -> None:
        self.both.visit(PERSONS[place], touchpoint, f"e{event}", reach=ELSEWHERE, timezone=ZONES[event % len(ZONES)])

    @precondition(lambda self: self.shown())
    @rule(place=places, signal=st.sampled_from(["display", "display", "display", "open", "dismiss"]))
    def signal(self, place: int, signal: str) -> None:
        getattr(self.both, signal)(self.pick(place))

    @precondition(lambda self: self.shown())
    @rule(place=places, score=st.integers(1, 5), complete=st.booleans())
    def answer(self, place: int, score: int, complete: bool) -> None:
        self.both.answer(self.pick(place), score, complete=complete)

    @rule(
        touchpoint=st.sampled_from(list(TOUCHPOINTS)),
        event=st.integers(5, 99),
        place=st.integers(0, 2),
        span=st.just(0) | long_spans,
        dismissed=st.booleans(),
        complete=st.booleans(),
    )
    def answer_after_others_were_asked_in_its_place(
        self, touchpoint: str, event: int, place: int, span: int, dismissed: bool, complete: bool
    ) -> None:
        """What its person had given up, or did not get to see in time, holds no place in a quota any more."""
        self.both.wait(span)
        first, *others = PERSONS[place:] + PERSONS[:place]
        said = self.both.visit(first, touchpoint, f"e{event}", reach=REACHES[-1])
        if said.reason not in ("asked", "sending") or said.again:
            return
        one = self.both.naive.log.invitations[-1]
        self.both.run_due()
        if dismissed:
            self.both.dismiss(one)
        else:
            self.both.sleep(30 * MINUTE)
        for other in others:
            self.both.visit(other, touchpoint, f"e{event}", reach=REACHES[-1])
        self.both.answer(one, complete=complete)
        self.both.run_due()
        self.both.answer(self.pick(0))

    @rule(
        person=persons,
        wish=st.sampled_from(["opt_out", "opt_in", "opt_in"]),
        channel=st.sampled_from([*CHANNELS, "*"]),
    )
    def wish(self, person: str, wish: str, channel: str) -> None:
        getattr(self.both, wish)(person, channel)

    @rule(span=spans)
    def wait(self, span: int) -> None:
        self.both.wait(span)

    @rule(span=long_spans)
    def wait_long(self, span: int) -> None:
        self.both.wait(span)

    @rule(span=spans | long_spans, then_run=st.booleans())
    def sleep(self, span: int, then_run: bool) -> None:
        self.both.sleep(span)
        if then_run:
            self.both.run_due()

    @rule(channel=st.sampled_from(SENT), does=st.sampled_from(PROVIDERS))
    def provider(self, channel: str, does: Any) -> None:
        self.both.providers[channel] = does

    @precondition(lambda self: self.both.hanging)
    @rule(place=places, good=st.booleans())
    def late_report(self, place: int, good: bool) -> None:
        one, channel, reminder, attempt = self.both.hanging.pop(place % len(self.both.hanging))
        if good:
            self.both.taken(one, reminder, channel)
        else:
            self.both.refused(one, reminder, channel=channel, attempt=attempt)

    @rule(what=st.sampled_from(["restart", "rules", "rules", "join"]), number=st.integers(0, 5))
    def operate(self, what: str, number: int) -> None:
        if what == "restart":
            self.both.real.restart()
        elif what == "rules":
            self.both.change_rules(number)
        else:
            self.both.join(PERSONS[number % 3], PERSONS[number // 2])

    @invariant()
    def both_agree(self) -> None:
        if hasattr(self, "both"):
            self.both.agree()

    def shown(self) -> list[Invitation]:
        """Give what a person can hold in hand: shown on a screen, or a link that was sent."""
        return [it for it in self.both.naive.log.invitations if it.on_screen or it.released_at]

    def pick(self, place: int) -> Invitation:
        """Take one of the latest."""
        shown = self.shown()
        return shown[-1 - place % len(shown)]


class WithNarrowQuotas(InMemory):
    """The same where quotas are used up at once, so that many an ask or answer comes too late to be counted."""

    @initialize(drawn=narrow_rulesets(), start=st.sampled_from(STARTS))
    def begin(self, drawn: list[Ruleset], start: Instant) -> None:
        self.both = Both(drawn, start)


class InSqlite(InMemory):
    """The same over a SQLite file, which survives a restart and nothing else does."""

    def path(self) -> Path | None:
        self.folder = tempfile.TemporaryDirectory(prefix="naive-")
        return Path(self.folder.name) / "tactful.db"

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "folder"):
            self.folder.cleanup()


QUICK = settings(stateful_step_count=50, derandomize=True, suppress_health_check=list(HealthCheck))
"""The same runs each time, so that CI is no lottery; `make nightly` draws new ones."""
NIGHTLY = settings.get_current_profile_name() == "nightly"


def runs(examples: int) -> settings:
    """Give how much to run: the quick ones in CI, forty times as many at night."""
    return (
        settings(QUICK, max_examples=40 * examples, derandomize=False)
        if NIGHTLY
        else settings(QUICK, max_examples=examples)
    )


TestInMemory = InMemory.TestCase
TestInMemory.settings = runs(60)
TestWithNarrowQuotas = WithNarrowQuotas.TestCase
TestWithNarrowQuotas.settings = runs(15)
TestInSqlite = InSqlite.TestCase
TestInSqlite.settings = runs(6)
