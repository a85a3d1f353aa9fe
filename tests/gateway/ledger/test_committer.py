"""The committer: natural batches, back-pressure, callers that go away, and stores that fail for a while."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tactful_gateway.clock import SystemClock
from tactful_gateway.ledger import Ledger, LedgerBusyError, Rulesets
from tactful_gateway.ledger.commands import Accepted, Command, Decided, Erase, Erased, OptOut, Respond
from tactful_gateway.store.base import Changes, Keys, State, StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ids import SECOND
from tactful_rules.model.ruleset import Ruleset
from tests.gateway.ledger.world import SURVEY, World, make_ruleset


class DoorStore(MemoryStore):
    """A memory store behind a door: commits wait while it is shut, and fail while it is broken, once if it `mends`."""

    def __init__(self) -> None:
        super().__init__()
        self.door = asyncio.Event()
        self.door.set()
        self.broken: Exception | None = None
        self.mends = False
        self.commits = 0

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        self.commits += 1
        await self.door.wait()
        await asyncio.sleep(0)  # as after every wait for a real store, others have their turn
        if self.broken is not None:
            error, self.broken = self.broken, None if self.mends else self.broken
            raise error
        await super().transact(keys, step)


@pytest.fixture
def store() -> DoorStore:
    return DoorStore()


@pytest.fixture
def ruleset() -> Ruleset:
    return make_ruleset()


@pytest.fixture
async def rulesets(store: DoorStore, ruleset: Ruleset) -> Rulesets:
    rulesets = Rulesets(store)
    rulesets.activate(CompiledRuleset(ruleset))
    return rulesets


@pytest.fixture
async def ledger(store: DoorStore, rulesets: Rulesets) -> AsyncIterator[Ledger]:
    async with Ledger(store, rulesets, SystemClock(), batch=64, queue=300) as ledger:
        yield ledger


@pytest.fixture
def calls() -> World:
    """Where commands come from."""
    return World()


async def let_tasks_run() -> None:
    """Give way until the commands of started tasks wait in the ledger."""
    for _ in range(5):
        await asyncio.sleep(0)


async def is_refused(
    ledger: Ledger, error: type[Exception], command: Command, size: int = 0, *, match: str | None = None
) -> None:
    """See that a command is refused at once: one that is let in after all would wait behind the door for ever."""
    with pytest.raises(error, match=match):
        async with asyncio.timeout(5):
            await ledger.submit(command, size)


async def test_what_queued_during_a_commit_becomes_the_next_one(ledger: Ledger, store: DoorStore, calls: World) -> None:
    store.door.clear()
    first = asyncio.create_task(ledger.submit(calls.decide_command("first")))
    await let_tasks_run()
    rest = [asyncio.create_task(ledger.submit(calls.decide_command(f"p{place}"))) for place in range(50)]
    await let_tasks_run()
    assert (store.commits, ledger.waiting) == (1, 50)
    store.door.set()
    await asyncio.gather(first, *rest)
    assert store.commits == 2


async def test_two_hundred_concurrent_calls_for_one_person_make_one_ask(
    ledger: Ledger, store: DoorStore, calls: World
) -> None:
    replies = await asyncio.gather(*(ledger.submit(calls.decide_command()) for _ in range(200)))
    asked = [reply for reply in replies if isinstance(reply, Decided) and reply.verdict.ask]
    assert sum(not reply.verdict.again for reply in asked) == 1
    assert len({reply.invitation.id for reply in asked if reply.invitation}) == 1
    assert await store.head() == 1


async def test_a_full_queue_lets_nobody_in_and_empties_again(ledger: Ledger, store: DoorStore, calls: World) -> None:
    store.door.clear()
    first = asyncio.create_task(ledger.submit(calls.decide_command("first")))
    await let_tasks_run()
    waiting = [asyncio.create_task(ledger.submit(calls.decide_command(f"p{place}"))) for place in range(299)]
    await let_tasks_run()
    with pytest.raises(LedgerBusyError):
        ledger.enter([calls.decide_command("two"), calls.decide_command("too many")])
    waiting.append(asyncio.create_task(ledger.submit(calls.decide_command("last"))))
    await let_tasks_run()
    await is_refused(ledger, LedgerBusyError, calls.decide_command("late"))
    store.door.set()
    await asyncio.gather(first, *waiting)
    assert isinstance(await ledger.submit(calls.decide_command("late")), Decided)


async def test_a_queue_that_does_not_move_lets_nobody_in(
    store: DoorStore, rulesets: Rulesets, calls: World, later: Callable[[float], None]
) -> None:
    async with Ledger(store, rulesets, SystemClock(), patience=20 * SECOND) as ledger:
        store.door.clear()
        waiting = [asyncio.create_task(ledger.submit(calls.decide_command(f"p{place}"))) for place in range(2)]
        await let_tasks_run()  # these two are being committed, the next one waits
        waiting.append(asyncio.create_task(ledger.submit(calls.decide_command("p3"))))
        await let_tasks_run()
        later(40)
        await is_refused(ledger, LedgerBusyError, calls.decide_command("late"))
        store.door.set()
        await asyncio.gather(*waiting)


async def test_a_caller_that_goes_away_loses_its_decision_but_not_its_answer(
    ledger: Ledger, store: DoorStore, calls: World
) -> None:
    decided = await ledger.submit(calls.decide_command())
    assert isinstance(decided, Decided)
    assert decided.invitation is not None
    record = decided.invitation
    store.door.clear()
    held = asyncio.create_task(ledger.submit(calls.decide_command("held")))
    await let_tasks_run()
    answer = Respond("p", record.id, record.rule, SURVEY, {"score": 5}, complete=True)
    leaving = [asyncio.create_task(ledger.submit(command)) for command in (answer, calls.decide_command("gone"))]
    await let_tasks_run()
    for task in leaving:
        task.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    store.door.set()
    await held
    assert isinstance(await ledger.submit(OptOut("x", ("web",))), Accepted)
    assert (await store.person("p")).answers == 1
    assert (await store.person("gone")).open == ()


async def test_a_store_that_fails_fails_the_batch_and_works_again_later(
    ledger: Ledger, store: DoorStore, calls: World
) -> None:
    store.broken = StoreUnavailableError("the disk is full")
    failed = await asyncio.gather(
        *(ledger.submit(calls.decide_command(f"p{place}")) for place in range(5)), return_exceptions=True
    )
    assert [str(error) for error in failed] == ["the disk is full"] * 5
    store.broken = None
    assert isinstance(await ledger.submit(calls.decide_command()), Decided)


async def hold_one(ledger: Ledger, store: DoorStore, calls: World) -> asyncio.Task[object]:
    """Start a commit that waits behind the store's door."""
    store.door.clear()
    held = asyncio.create_task(ledger.submit(calls.decide_command("held")))
    await let_tasks_run()
    assert ledger.waiting == 0
    return held


async def test_nobody_is_let_in_behind_a_try_of_a_store_that_is_down(
    ledger: Ledger, store: DoorStore, calls: World
) -> None:
    store.broken = StoreUnavailableError("it is locked", "locked")
    await is_refused(ledger, StoreUnavailableError, calls.decide_command())
    assert (str(ledger.down), ledger.failures) == ("it is locked", {"locked": 1})
    trying = await hold_one(ledger, store, calls)
    for _ in range(3):
        await is_refused(ledger, StoreUnavailableError, calls.decide_command(), match="locked")
    assert (ledger.waiting, store.commits) == (0, 2)
    store.broken = None
    store.door.set()
    await trying
    assert ledger.down is None
    assert isinstance(await ledger.submit(calls.decide_command()), Decided)


async def test_who_waited_for_long_fails_with_the_try_before_and_others_get_one_of_their_own(
    store: DoorStore, rulesets: Rulesets, calls: World, later: Callable[[float], None]
) -> None:
    async with Ledger(store, rulesets, SystemClock(), patience=100 * SECOND) as ledger:
        held = await hold_one(ledger, store, calls)
        old = asyncio.create_task(ledger.submit(calls.decide_command("old")))
        await let_tasks_run()
        later(80)
        young = asyncio.create_task(ledger.submit(calls.decide_command("young")))
        await let_tasks_run()
        later(50)
        store.broken = StoreUnavailableError("it is locked", "locked")
        store.mends = True
        store.door.set()
        outcomes = await asyncio.gather(held, old, young, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailableError, StoreUnavailableError, Decided]
        assert ledger.down is None


async def test_gateways_in_each_others_way_do_not_bring_the_store_down(
    ledger: Ledger, store: DoorStore, calls: World
) -> None:
    store.broken = StoreUnavailableError("too many want the same", "contended")
    await is_refused(ledger, StoreUnavailableError, calls.decide_command())
    assert (ledger.down, ledger.failures) == (None, {"contended": 1})


async def test_a_commit_that_does_not_end_lets_nobody_in_although_nothing_queues(
    store: DoorStore, rulesets: Rulesets, calls: World, later: Callable[[float], None]
) -> None:
    async with Ledger(store, rulesets, SystemClock(), patience=20 * SECOND) as ledger:
        held = await hold_one(ledger, store, calls)
        later(40)
        assert ledger.age > 20
        await is_refused(ledger, LedgerBusyError, calls.decide_command("late"))
        store.door.set()
        await held
        assert ledger.age == 0.0


async def test_bodies_that_wait_have_no_more_than_their_room(
    store: DoorStore, rulesets: Rulesets, calls: World
) -> None:
    async with Ledger(store, rulesets, SystemClock(), room=1000) as ledger:
        held = await hold_one(ledger, store, calls)
        waiting = [asyncio.create_task(ledger.submit(calls.decide_command(f"p{n}"), 400)) for n in range(2)]
        await let_tasks_run()
        assert ledger.waiting_bytes == 800
        await is_refused(ledger, LedgerBusyError, calls.decide_command("large"), 400)
        small = asyncio.create_task(ledger.submit(calls.decide_command("small"), 200))
        await let_tasks_run()
        store.door.set()
        await asyncio.gather(held, *waiting, small)
        assert ledger.waiting_bytes == 0
        assert isinstance(await ledger.submit(calls.decide_command("larger than all"), 5000), Decided)


async def test_a_decision_that_nobody_waits_for_is_counted_as_abandoned(
    ledger: Ledger, store: DoorStore, calls: World
) -> None:
    held = await hold_one(ledger, store, calls)
    gone = asyncio.create_task(ledger.submit(calls.decide_command("gone"), 10))
    await let_tasks_run()
    gone.cancel()
    store.door.set()
    await held
    assert isinstance(await ledger.submit(calls.decide_command("next")), Decided)
    counts = ledger.intake.counts()
    assert counts.rejected == {("touchpoint", "abandoned"): 1}
    assert (counts.accepted["touchpoint"], ledger.waiting_bytes) == (2, 0)


async def test_a_command_that_the_store_cannot_take_fails_alone(ledger: Ledger, store: DoorStore, calls: World) -> None:
    store.door.clear()
    first = asyncio.create_task(ledger.submit(calls.decide_command("first")))
    await let_tasks_run()
    good = [asyncio.create_task(ledger.submit(calls.decide_command(f"p{place}"))) for place in range(3)]
    bad = asyncio.create_task(ledger.submit(OptOut("x", (object(),))))  # type: ignore[arg-type]  # a caller's bug
    more = asyncio.create_task(ledger.submit(calls.decide_command("more")))
    await let_tasks_run()
    store.door.set()
    replies = await asyncio.gather(first, *good, bad, more, return_exceptions=True)
    assert [isinstance(reply, Decided) for reply in replies] == [True, True, True, True, False, True]
    assert isinstance(replies[4], TypeError)
    assert await store.head() == 5


async def test_commands_that_came_together_share_a_commit_and_a_bad_one_of_them_fails_alone(
    ledger: Ledger, store: DoorStore, calls: World
) -> None:
    held = await hold_one(ledger, store, calls)
    many, some = ([calls.decide_command(f"{part}-{place}") for place in range(70)] for part in "ab")
    bad = OptOut("x", (object(),))  # type: ignore[arg-type]  # a caller's bug
    first, second = ledger.enter(many, 100), ledger.enter([*some[:7], bad, *some[7:]], 100)
    single = asyncio.create_task(ledger.submit(calls.decide_command("single"), 10))
    await let_tasks_run()
    assert (ledger.waiting, ledger.waiting_bytes) == (142, 210)
    store.door.set()
    assert [type(reply) for reply in await first] == [Decided] * 70
    assert store.commits == 3, "the one held, these, though more than a commit takes, and the next"
    assert [type(reply) for reply in await second] == [Decided] * 7 + [TypeError] + [Decided] * 63
    assert [type(reply) for reply in await asyncio.gather(held, single)] == [Decided] * 2
    assert (await store.head(), ledger.waiting_bytes) == (142, 0)


async def test_an_erasure_shares_its_commit_with_nobody_so_that_nothing_from_before_it_stays(
    ledger: Ledger, store: DoorStore, calls: World
) -> None:
    held = await hold_one(ledger, store, calls)
    before = ledger.enter([calls.decide_command("gone"), calls.decide_command("stays")])
    erasing = asyncio.create_task(ledger.submit(Erase(person="gone", receipt="r")))
    await let_tasks_run()
    after = asyncio.create_task(ledger.submit(calls.decide_command("gone", "menu")))
    await let_tasks_run()
    store.door.set()
    assert [type(reply) for reply in await before] == [Decided] * 2
    assert [type(reply) for reply in await asyncio.gather(held, erasing, after)] == [Decided, Erased, Decided]
    assert store.commits == 4, "the one held, those before it, the erasure, and what came after it"
    assert [entry.touchpoint for entry in (await store.person("gone")).open] == ["menu"]


async def test_closing_commits_what_waits_and_lets_nothing_more_in(
    store: DoorStore, rulesets: Rulesets, calls: World
) -> None:
    ledger = Ledger(store, rulesets, SystemClock(), batch=2)
    async with ledger:
        store.door.clear()
        waiting = [asyncio.create_task(ledger.submit(calls.decide_command(f"p{place}"))) for place in range(9)]
        await let_tasks_run()
        closing = asyncio.create_task(ledger.close())
        await let_tasks_run()
        await is_refused(ledger, StoreUnavailableError, calls.decide_command("late"), match="closed")
        store.door.set()
        await closing
        assert all(task.done() for task in waiting)
        assert len(await asyncio.gather(*waiting)) == 9


class ClosingDoorStore(DoorStore):
    """Commits once, and then hangs; the first try of all breaks, so that what came is tried again by halves."""

    def __init__(self) -> None:
        super().__init__()
        self.broken, self.mends = TypeError("one of both breaks it"), True

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        await super().transact(keys, step)
        self.door.clear()


@pytest.mark.parametrize("together", [False, True])
async def test_what_was_made_fact_before_a_store_hung_counts_so_when_closing_gives_up_the_rest(
    rulesets: Rulesets, calls: World, *, together: bool
) -> None:
    store = ClosingDoorStore()
    async with Ledger(store, rulesets, SystemClock()) as ledger:
        ledger.intake.receive("touchpoint", 2)
        commands = [calls.decide_command(name) for name in "ab"]
        entered = [ledger.enter(some, 50) for some in ([commands] if together else [[it] for it in commands])]
        while store.door.is_set():
            await asyncio.sleep(0)
    outcomes = [str(outcome) for some in entered for outcome in await some if isinstance(outcome, Exception)]
    assert outcomes == ["the ledger is closed"] * (2 if together else 1), "who waits for both is told nothing by halves"
    counts = ledger.intake.counts()
    assert (counts.accepted, counts.rejected) == ({"touchpoint": 1}, {("touchpoint", "store_unavailable"): 1})
    assert (counts.under_way, ledger.waiting_bytes) == ({"touchpoint": 0}, 0)


async def test_listeners_hear_of_commits_that_told_the_journal_something(ledger: Ledger, calls: World) -> None:
    heard: list[int] = []
    ledger.on_commit(lambda: heard.append(1))
    for command, times in ((calls.decide_command(), 1), (calls.decide_command(), 1), (OptOut("p", ("*",)), 2)):
        await ledger.submit(command)
        await let_tasks_run()
        assert len(heard) == times


async def test_a_listener_that_raises_harms_no_commit(ledger: Ledger, store: DoorStore, calls: World) -> None:
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context["exception"]))
    ledger.on_commit([].pop)
    replies = [await ledger.submit(calls.decide_command(f"p{place}")) for place in range(2)]
    await let_tasks_run()
    assert all(isinstance(reply, Decided) for reply in replies)
    assert ([type(error) for error in raised], store.commits) == ([IndexError, IndexError], 2)


async def test_a_ledger_without_a_ruleset_answers_with_what_is_missing(store: DoorStore, calls: World) -> None:
    async with Ledger(store, Rulesets(store), SystemClock()) as ledger:
        for _ in range(2):
            await is_refused(ledger, RuntimeError, calls.decide_command(), match="activate")
