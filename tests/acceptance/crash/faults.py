"""What goes wrong, one function a fault: it waits for its moment, strikes, and sees that all is well again.

A moment is a number of acknowledged answers and a few milliseconds more, both from the seed: never by the clock alone.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Sequence

from tests.acceptance.conftest import Served
from tests.acceptance.crash import power
from tests.acceptance.crash.crowd import Crowd
from tests.acceptance.crash.destinations import Destination
from tests.acceptance.crash.world import World, books_of, ready
from tests.eventually import eventually

BETWEEN = 100
"""Answers between two faults, at most."""
MOMENT = 0.02
"""Seconds after the last of them, at most."""
BACK = 10.0
"""Seconds after a fault until answers are taken again, at most."""
CATCHING_UP = 10
"""Events a second, at least, with which a sink goes through those that wait. It is hundreds where the machine has time;
the load goes on meanwhile, and tests run beside others."""
TAKEN_OVER = 15.0
"""Seconds until another gateway does what a dead one did, at most."""
MESSAGES = 5
"""Messages scheduled right before a gateway is killed, that the other has to send."""
SHORT = 3.5
"""Seconds that a sink may be away for the second attempt, four to six seconds after the first, to find it back."""
LONG = 360.0 + BACK
"""Seconds until the third attempt came, which a sink has to wait for whose server took longer to start."""

Fault = Callable[[World, Crowd, random.Random], None]


def kill_gateway(world: World, crowd: Crowd, chance: random.Random) -> None:
    """Kill a gateway and start it again; now and then it is killed while it starts, too."""
    gateway = chance.choice(world.gateways)
    _moment(crowd, chance)
    _kill(gateway)
    if chance.random() < 0.15:
        gateway.launch()
        time.sleep(chance.uniform(0, 1.5))
        _kill(gateway)
    world.start(gateway)
    crowd.wait_for(1, BACK)


def cut_power(world: World, crowd: Crowd, chance: random.Random) -> None:
    """Kill the gateway and leave of its database what was synced; it must have been started with the shim."""
    (gateway,) = world.gateways
    _moment(crowd, chance)
    _kill(gateway)
    power.cut(world.file)
    world.start(gateway)
    crowd.wait_for(1, BACK)


def kill_sink(world: World, crowd: Crowd, chance: random.Random) -> None:
    """Kill a destination for a moment; what it missed has to be there within seconds."""
    destination = chance.choice(world.destinations)
    eventually(lambda: world.delivers(destination) is not None, TAKEN_OVER, "nobody took over from a dead gateway")
    _moment(crowd, chance)
    destination.kill()
    gone = time.monotonic()
    time.sleep(chance.uniform(0.1, SHORT / 3))
    destination.start()
    _expect_delivered(world, crowd, [destination], BACK if time.monotonic() - gone < SHORT else LONG)


def kill_database(world: World, crowd: Crowd, chance: random.Random) -> None:
    """Kill PostgreSQL under its gateways, who say so, and are ready again once it is back."""
    assert world.database is not None
    _moment(crowd, chance)
    world.database.kill()
    eventually(lambda: not any(map(ready, world.gateways)), BACK, "/readyz stays green without a database")
    time.sleep(chance.uniform(0, 1))
    world.database.start()
    _expect_back(world, crowd)


def restart_database(world: World, crowd: Crowd, chance: random.Random) -> None:
    """End every session, and shut the server down and start it anew."""
    assert world.database is not None
    _moment(crowd, chance)
    world.database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tactful'")
    crowd.wait_for(1, BACK)
    world.database.stop()
    world.database.start()
    _expect_back(world, crowd)


def promote_standby(world: World, crowd: Crowd, chance: random.Random) -> None:
    """Kill the primary for good, and promote the standby that had all that was acknowledged."""
    assert world.database is not None
    assert world.standby is not None
    _moment(crowd, chance)
    world.database.kill()
    time.sleep(chance.uniform(0, 1))
    world.standby.promote()
    world.database, world.standby = world.standby, None
    _expect_back(world, crowd)


def kill_leader(world: World, crowd: Crowd, chance: random.Random) -> None:
    """Kill the gateway that works off the schedule, or one that delivers; the other takes over while it is away."""
    eventually(lambda: all(map(world.delivers, world.destinations)), TAKEN_OVER, "a sink is nobody's")
    leader = chance.choice([world.scheduler(), world.delivers(world.destinations[0])])
    assert leader is not None
    _moment(crowd, chance)
    world.messages.schedule(leader.url, world.key, MESSAGES)
    _kill(leader)
    killed = time.monotonic()
    eventually(lambda: all(map(world.delivers, world.destinations)), TAKEN_OVER, "nobody took over the sinks")
    left = TAKEN_OVER - (time.monotonic() - killed)
    eventually(world.messages.all_sent, left, "nobody took over the schedule")
    _expect_delivered(world, crowd, world.destinations, BACK)
    world.start(leader)


def freeze_leader(world: World, crowd: Crowd, chance: random.Random) -> None:
    """Stop a gateway that delivers; it wakes up once another has taken over, and must not go on where it was."""
    eventually(lambda: all(map(world.delivers, world.destinations)), TAKEN_OVER, "a sink is nobody's")
    leader = world.delivers(world.destinations[0])
    assert leader is not None
    other = next(it for it in world.gateways if it is not leader)
    _moment(crowd, chance)
    leader.signal(signal.SIGSTOP)
    names = {it.name for it in world.destinations}
    try:
        crowd.wait_for(1, BACK)
        eventually(
            lambda: books_of(other).pending.keys() >= names,
            TAKEN_OVER,
            "nobody took over from a frozen gateway",
        )
    finally:
        leader.signal(signal.SIGCONT)
    _expect_delivered(world, crowd, world.destinations, BACK)
    _expect_back(world, crowd)


def _moment(crowd: Crowd, chance: random.Random) -> None:
    crowd.wait_for(chance.randrange(1, BETWEEN))
    time.sleep(chance.uniform(0, MOMENT))


def _kill(gateway: Served) -> None:
    gateway.signal(signal.SIGKILL)
    code = gateway.wait()
    assert code == -signal.SIGKILL, f"a gateway ended by itself, with {code}: " + "\n".join(gateway.log[-5:])


def _expect_back(world: World, crowd: Crowd) -> None:
    eventually(lambda: all(map(ready, world.gateways)), BACK, "/readyz stays red")
    assert all(gateway.process.poll() is None for gateway in world.gateways), "a gateway ended"
    crowd.wait_for(1, BACK)


def _expect_delivered(world: World, crowd: Crowd, destinations: Sequence[Destination], patience: float) -> None:
    """Wait until a sink has delivered as much as was acknowledged when this began; the load goes on."""
    answers = crowd.total
    for it in destinations:
        wanted, waiting = answers * len(it.wanted), answers * len(it.wanted) - world.delivered(it)
        late = f"{it.name} does not catch up with {waiting} of {wanted} events"
        eventually(
            lambda it=it, wanted=wanted: world.delivered(it) >= wanted,
            patience + waiting / CATCHING_UP,
            late,
        )
