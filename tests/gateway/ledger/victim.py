"""A process to be killed: 32 callers ask and answer as fast as they can, and print what was acknowledged."""

from __future__ import annotations

import asyncio
import sys
from hashlib import sha256
from itertools import count
from pathlib import Path

from tactful_gateway.clock import SystemClock
from tactful_gateway.ledger import Ledger, Rulesets
from tactful_gateway.ledger.commands import Accepted, Decide, Decided, Respond
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.event import Event
from tactful_rules.model.policy import DoNotDisturb
from tactful_rules.model.questionnaire import Question, Questionnaire
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint

SURVEY = Questionnaire("q", (Question("score", "csat", {"": "?"}),))
RULESET = Ruleset(
    touchpoints={"t": Touchpoint("t")},
    rules=(Rule("r", ("t",), (Variant("q"),)),),
    questionnaires={"q": SURVEY},
    channels={"web": Channel("web", "widget")},
    do_not_disturb=DoNotDisturb(),
)


async def ask_and_answer(ledger: Ledger, seed: str, caller: int) -> None:
    """Never ends by itself."""
    for number in count():
        name = f"{seed}-{caller}-{number}"
        person = f"p{caller}"
        decided = await ledger.submit(Decide(Event(touchpoint="t", person=person, event_id=name), name, _hash(name)))
        assert isinstance(decided, Decided)
        assert decided.invitation is not None, decided
        record = decided.invitation
        done = await ledger.submit(Respond(person, record.id, "r", SURVEY, {"score": 5}, complete=True))
        assert isinstance(done, Accepted)
        sys.stdout.write(record.id + "\n")
        sys.stdout.flush()


def _hash(name: str) -> bytes:
    return sha256(name.encode()).digest()


async def main(path: str, seed: str) -> None:
    """Open the store, say so, and work until killed."""
    store = await SqliteStore.open(Path(path))
    rulesets = Rulesets(store)
    rulesets.activate(CompiledRuleset(RULESET))
    async with Ledger(store, rulesets, SystemClock()) as ledger:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.gather(*(ask_and_answer(ledger, seed, caller) for caller in range(32)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
