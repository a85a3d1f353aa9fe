"""Many commands as one commit: the same as one by one, and a bad one harms only itself."""

from dataclasses import dataclass
from typing import Any, get_args

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tactful_gateway.contracts.samples import publication
from tactful_gateway.ledger.apply import STEPS
from tactful_gateway.ledger.commands import (
    Accepted,
    Command,
    Decided,
    Erase,
    Erased,
    Feedback,
    Notice,
    OptOut,
    Publish,
    Report,
    Respond,
)
from tactful_gateway.ledger.stamping import Stamper
from tactful_gateway.store.records import CountKey, Measure, MeasureKey
from tactful_rules.model.ids import HOUR
from tactful_rules.model.rule import Quota
from tests.gateway.ledger.world import LEFT_ALONE, NOW, SURVEY, World, finish, make_ruleset

PERSONS = ("p", "q")
KINDS = (
    *("payment", "menu", "displayed", "dismissed", "partial", "final", "out", "report", "publish"),
    *("feedback", "feedback", "feedback", "rehearsal"),
)
COUNTED = CountKey(1, "payment", "", "no_rule", "sdk")


@dataclass(frozen=True)
class Step:
    """A command in outline; `target` chooses among the invitations that may exist."""

    kind: str
    person: str
    target: int
    event: int


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(KINDS),
        st.sampled_from(PERSONS),
        st.integers(1, 8),
        st.integers(1, 3),
    ),
    max_size=12,
)


def command(world: World, step: Step) -> Command:
    invitation, rule = f"invitation-{step.target}", "ask-payment"
    match step.kind:
        case "payment" | "menu":
            return world.decide_command(step.person, step.kind, event_id=f"e{step.event}")
        case "displayed" | "dismissed":
            return Notice(step.kind, step.person, invitation, rule)  # type: ignore[arg-type]  # narrowed by the match
        case "partial" | "final":
            answers = {"score": step.event}
            return Respond(step.person, invitation, rule, SURVEY, answers, step.kind == "final", step.event)
        case "feedback" | "rehearsal":
            return feedback(step, dry_run=step.kind == "rehearsal")
        case "out":
            return OptOut(step.person, ("app",))
        case "publish":
            return Publish(
                publication(0, content=f"c{step.event}", ruleset="r"), step.target if step.event > 1 else None
            )
        case _:
            return Report(f"r{step.event}", {COUNTED: step.target})


def feedback(step: Step, **more: Any) -> Feedback:
    """Make feedback of which some is the same, in conflict, ill or about what is open."""
    said = {
        "key": b"%d" % step.target,
        "digest": b"%d" % step.event,
        "source": "store",
        "external_id": str(step.target),
        "touchpoint": "payment" if step.target < 8 else "nowhere",
        "person": step.person,
        "at": NOW - step.target * HOUR,
        "answers": {"score": step.event, "other": None if step.event < 3 else {}},
        "event_id": f"e{step.event}",
    }
    return Feedback(**said | more)


def everything(world: World) -> tuple[Any, ...]:
    return (
        [world.state(person) for person in PERSONS],
        [{**event, "id": ""} for event in world.events()],
        finish(world.store.counts()),
        finish(world.store.versions(None, 100)),
        world.quota(),
    )


@given(steps)
@settings(deadline=None)
def test_a_batch_is_the_same_as_its_commands_one_by_one(steps: list[Step]) -> None:
    ruleset = make_ruleset(LEFT_ALONE, Quota("answers", 2))
    one, other = World(ruleset), World(ruleset)
    together = one.do(*(command(one, step) for step in steps))
    alone = [other.one(command(other, step)) for step in steps]
    assert together == alone
    assert everything(one) == everything(other)


def test_a_later_command_of_a_batch_sees_the_earlier_ones() -> None:
    world = World()
    decide = world.decide_command()
    replies = world.do(
        decide,
        Notice("displayed", "p", decide.invitation, "ask-payment"),
        Respond("p", decide.invitation, "ask-payment", SURVEY, {"score": 5}, complete=True),
        world.decide_command(),
    )
    assert isinstance(replies[2], Accepted)
    assert isinstance(replies[3], Decided)
    assert replies[3].verdict.reason == "paused"


def test_a_command_that_breaks_harms_no_other() -> None:
    world = World()
    record = world.ask()
    bad = Respond("p", record.id, "ask-payment", None, {}, complete=True)  # type: ignore[arg-type]  # a bug of a caller
    replies = world.do(bad, Notice("displayed", "p", record.id, "ask-payment"))
    assert isinstance(replies[0], AttributeError)
    assert isinstance(replies[1], Accepted)


def test_feedback_that_breaks_harms_none_beside_it_and_leaves_nothing() -> None:
    world = World()
    first, bad, last = (Step("feedback", "p", number, 1) for number in (1, 2, 3))
    replies = world.do(feedback(first), feedback(bad, traits=None), feedback(last))
    assert (replies[0], type(replies[1]), replies[2]) == (Accepted(), TypeError, Accepted())
    assert [it["data"]["external_id"] for it in world.events()] == ["1", "3"]
    assert world.state().answers == 2
    assert world.one(feedback(bad)) == Accepted()


def test_an_erasure_that_cannot_be_told_erases_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    record = world.ask()
    before = everything(world)

    def out_of_order(_: object, __: object) -> None:
        raise OSError("no random bytes")

    with monkeypatch.context() as patch:
        patch.setattr(Stamper, "stamp", out_of_order)
        with pytest.raises(OSError, match="random"):
            world.one(Erase(person="p", receipt="r"))
    assert everything(world) == before
    assert world.record(record) == record
    assert isinstance(world.one(Erase(person="p", receipt="r")), Erased)
    assert [row.type for row in finish(world.store.journal(0, 9))] == ["erased", "tactful.person.erased"]


def test_a_report_sent_twice_counts_once() -> None:
    world = World()
    counts = {COUNTED: 7}
    measures = {MeasureKey(1, "payment", "paused", "order.amount"): Measure(2, 5.0, 13.0, 2.0, 3.0)}
    report = Report("r", counts, measures)
    assert world.do(report, report) == [Accepted(), Accepted(duplicate=True)]
    assert world.one(report) == Accepted(duplicate=True)
    assert finish(world.store.counts()) == counts
    assert finish(world.store.measures()) == measures


def test_two_hundred_calls_for_one_person_make_one_invitation() -> None:
    world = World()
    replies = world.do(*(world.decide_command(touchpoint=("payment", "menu")[place % 2]) for place in range(200)))
    assert len(world.events("invitation.created")) == 1
    assert {reply.invitation.id for reply in replies if reply.verdict.ask} == {"invitation-1"}
    assert sum(reply.verdict.ask and not reply.verdict.again for reply in replies) == 1


def test_something_carries_out_every_command() -> None:
    assert set(STEPS) == set(get_args(Command))
