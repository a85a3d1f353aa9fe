"""Edges that random commands seldom meet to the millisecond: a walk through each, list and ledger side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tactful_rules.model.ids import DAY, HOUR, MINUTE, SECOND, Instant, Span, to_instant
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause, QuietHours
from tactful_rules.model.rule import ChannelStep, Per, Reminder, Rule, Variant
from tactful_rules.model.ruleset import Ruleset
from tests.gateway.naive.both import Both
from tests.gateway.naive.surveys import CHANNELS, QUESTIONNAIRES, TOUCHPOINTS

NOON = to_instant(datetime(2026, 6, 15, 12, tzinfo=UTC))
WEB: dict[str, bool | str] = {"web": True}
SENT: dict[str, bool | str] = {"email": "p@example.org", "sms": "+861380000"}
MakeBoth = Callable[..., Both]


@pytest.fixture
def make_both() -> Iterator[MakeBoth]:
    """Give a function that makes both ledgers over one rule: on the web, else by mail, then by message."""
    made: list[Both] = []

    def make(policy: DoNotDisturb, *, start: Instant = NOON, after: Span | None = 2 * HOUR) -> Both:
        channels = (ChannelStep("web"), ChannelStep("email"), ChannelStep("sms", after))
        remind = Reminder(6 * HOUR, 1)
        rule = Rule(id="r", at=tuple(TOUCHPOINTS), variants=(Variant("short"),), channels=channels, remind=remind)
        ruleset = Ruleset(
            touchpoints=TOUCHPOINTS,
            rules=(rule,),
            questionnaires=QUESTIONNAIRES,
            channels=CHANNELS,
            do_not_disturb=policy,
        )
        made.append(Both([ruleset], start))
        return made[-1]

    yield make
    for both in made:
        both.real.close()


def ask_and_dismiss(both: Both) -> None:
    both.visit("p", "pay", f"e{len(both.naive.log.invitations)}", reach=WEB)
    both.display(both.naive.log.invitations[-1])
    both.dismiss(both.naive.log.invitations[-1])


@pytest.mark.parametrize("kind", ["asked", "dismissed"])
def test_a_pause_ends_to_the_millisecond(make_both: MakeBoth, kind: str) -> None:
    both = make_both(DoNotDisturb(pauses=(Pause(kind, 2 * HOUR),)))  # type: ignore[arg-type]
    ask_and_dismiss(both)
    both.wait(2 * HOUR - 1)
    assert both.visit("p", "pay", "early", reach=WEB).reason == "paused"
    both.wait(1)
    assert both.visit("p", "pay", "in time", reach=WEB).reason == "asked"


@pytest.mark.parametrize(("per", "span"), [(2 * HOUR, 2 * HOUR), ("day", 12 * HOUR), ("week", 6 * DAY + 12 * HOUR)])
def test_a_cap_opens_to_the_millisecond(make_both: MakeBoth, per: Per, span: Span) -> None:
    """That Monday noon, the day ends in twelve hours and the week six days later."""
    both = make_both(DoNotDisturb(caps=(Cap(2, per),)))
    ask_and_dismiss(both)
    ask_and_dismiss(both)
    both.wait(span - 1)
    assert both.visit("p", "pay", "early", reach=WEB).reason == "capped"
    both.wait(1)
    assert both.visit("p", "pay", "in time", reach=WEB).reason == "asked"


def test_what_is_answered_silences_its_fallback_that_waits(make_both: MakeBoth) -> None:
    """The message waits for the morning when the mail is answered."""
    both = make_both(DoNotDisturb(quiet_hours=(QuietHours(13 * 60, 8 * 60, on=("sms",)),)))
    both.visit("p", "pay", "e", reach=SENT)
    both.wait(3 * HOUR)
    mail, message = both.naive.log.invitations
    assert message.status == "open"
    both.answer(mail, complete=False)
    both.agree()
    both.wait(DAY)
    both.agree()
    assert (message.status, message.why, message.sent_at) == ("cancelled", "answered", None)


@pytest.mark.parametrize("signal", ["open", "display", "dismiss"])
def test_who_was_reached_gets_no_fallback(make_both: MakeBoth, signal: str) -> None:
    both = make_both(DoNotDisturb())
    both.visit("p", "pay", "e", reach=SENT)
    both.wait(0)
    getattr(both, signal)(both.naive.log.invitations[0])
    both.wait(DAY)
    both.agree()
    assert len(both.naive.log.invitations) == 1


def test_a_message_told_of_twice_counts_once(make_both: MakeBoth) -> None:
    both = make_both(DoNotDisturb())
    both.providers["email"] = "hangs"
    both.visit("p", "pay", "e", reach=SENT)
    both.wait(90 * SECOND)
    one = both.naive.log.invitations[0]
    assert one.attempts == 2
    for _ in range(2):
        both.taken(one, 0)
        both.agree()
        both.wait(MINUTE)


def test_a_lease_lasts_ninety_seconds(make_both: MakeBoth) -> None:
    both = make_both(DoNotDisturb())
    both.providers["email"] = "hangs"
    both.visit("p", "pay", "e", reach=SENT)
    both.wait(90 * SECOND - 1)
    assert both.naive.log.invitations[0].attempts == 1
    both.wait(1)
    assert both.naive.log.invitations[0].attempts == 2


def test_a_wish_of_the_anonymous_id_is_the_person_s(make_both: MakeBoth) -> None:
    both = make_both(DoNotDisturb())
    both.opt_out("v", "*")
    both.join("v", "p")
    both.agree()
    assert both.visit("p", "pay", "e", reach=WEB).reason == "opted_out"
