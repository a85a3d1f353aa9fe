"""A process to be killed: it plans messages, and two schedulers send what is due; each send is printed at once."""

from __future__ import annotations

import asyncio
import sys
from hashlib import sha256
from itertools import count
from pathlib import Path

from tactful_gateway.clock import SystemClock
from tactful_gateway.ledger import Ledger, Rulesets
from tactful_gateway.ledger.commands import Decide, Sent, Wake, Woken
from tactful_gateway.store.records import WakeUp
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant, Span
from tactful_rules.model.policy import DoNotDisturb
from tactful_rules.model.questionnaire import Question, Questionnaire
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint

RULESET = Ruleset(
    touchpoints={"t": Touchpoint("t")},
    rules=(Rule("r", ("t",), (Variant("q"),)),),
    questionnaires={"q": Questionnaire("q", (Question("score", "csat", {"": "?"}),))},
    channels={"email": Channel("email", "email")},
    do_not_disturb=DoNotDisturb(),
)


class Ahead(SystemClock):
    """The system's clock, put forward: what a dead process was sending has run out by then."""

    def __init__(self, ahead: Span) -> None:
        self.ahead = ahead

    def now(self) -> Instant:
        """Give the present instant."""
        return super().now() + self.ahead


def say(what: str, name: str) -> None:
    """Print what has just happened; a pipe's reader has it even when this process dies the next moment."""
    sys.stdout.write(f"{what} {name}\n")
    sys.stdout.flush()


async def plan(ledger: Ledger, seed: str, many: int) -> None:
    """Have so many persons asked by mail."""
    for number in range(many):
        name = f"{seed}-{number}"
        event = Event(touchpoint="t", person=name, event_id=name, reach={"email": "a@example.com"})
        await ledger.submit(Decide(event, name, _hash(name), addresses={"email": b"sealed"}))
        say("planned", name)


async def schedule(ledger: Ledger, store: SqliteStore, clock: Ahead, name: str) -> None:
    """Send what is due until killed; two of these see the same rows."""
    for round_ in count():
        due = await store.due("email", clock.now(), 8)
        await asyncio.gather(*(send(ledger, it, f"{name}-{round_}-{place}") for place, it in enumerate(due)))
        if not due:
            say("idle", name)
            await asyncio.sleep(0.02)


async def send(ledger: Ledger, wake_up: WakeUp, name: str) -> None:
    """Answer a wake-up and send what comes of it."""
    woken = await ledger.submit(Wake(wake_up, name, _hash(name)))
    assert isinstance(woken, Woken)
    if woken.dispatch is not None:
        record = woken.dispatch.record
        say("send", record.id)
        await asyncio.sleep(0)
        await ledger.submit(Sent(record.person, record.id, record.rule, record.channel, woken.dispatch.reminder, "m"))
        say("sent", record.id)


def _hash(name: str) -> bytes:
    return sha256(name.encode()).digest()


async def main(path: str, seed: str, many: str, ahead: str) -> None:
    """Open the store, say so, and work until killed."""
    store, clock = await SqliteStore.open(Path(path)), Ahead(int(ahead))
    rulesets = Rulesets(store)
    rulesets.activate(CompiledRuleset(RULESET))
    async with Ledger(store, rulesets, clock) as ledger:
        say("ready", seed)
        schedulers = (schedule(ledger, store, clock, f"{seed}-{name}") for name in "ab")
        await asyncio.gather(plan(ledger, seed, int(many)), *schedulers)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
