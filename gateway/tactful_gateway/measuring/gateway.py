"""Measures a real gateway: durable decisions, then durable final responses to what was asked, each person once.

Nobody comes back, which is the worst case: every decision writes a new person, and every rule may still ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import msgspec
from msgspec import Struct

from tactful_gateway.measuring.answering import answer_all
from tactful_gateway.measuring.drawing import Drawn, with_person
from tactful_gateway.measuring.driving import AnswerError, Drive, OnAnswer, drive, write_request
from tactful_gateway.measuring.figures import Tell, Throughput, during, spread
from tactful_gateway.measuring.running import BenchError, Running
from tactful_gateway.serving.server import event_loop
from tactful_rules.model.ruleset import Ruleset

_WARMING = 0.2
"""The share of a part's time that goes before, unmeasured: a process is slow at first."""
_HOPELESS = 2_000
"""Events without an invitation after which there will be none: a quota is full."""


class _Invitation(Struct):
    token: str


class _Decided(Struct):
    ask: bool
    event_id: str
    questionnaire: str | None = None
    invitation: _Invitation | None = None


class _Problem(Struct):
    title: str


class Asked(Struct, frozen=True):
    """An invitation that waits for its response: its token, its questionnaire, and the event that asked."""

    token: str
    questionnaire: str
    drawn: Drawn


class Driver:
    """Drives one gateway over some connections; keeps the invitations that it gave out."""

    def __init__(self, gateway: Running, ruleset: Ruleset, connections: int) -> None:
        self.asked: list[Asked] = []
        self._gateway, self._ruleset, self._connections = gateway, ruleset, connections
        self._persons = count(1)
        self._read = msgspec.json.Decoder(_Decided)

    def measure_decisions(self, drawn: Sequence[Drawn], seconds: float, tell: Tell) -> Throughput:
        """Have the events decided for as long, each for somebody new.

        Raises:
            BenchError: the gateway refused something, or is gone.
        """
        self._decide(drawn, during(_WARMING * seconds, _nobody))
        before = len(self.asked)
        driven = self._decide(drawn, during(seconds, tell))
        return _throughput(driven, asked=len(self.asked) - before)

    def ask(self, asking: Sequence[Drawn], wanted: int, seconds: float, tell: Tell) -> None:
        """Have events that ask decided, until so many invitations wait for a response or the time is over.

        Raises:
            BenchError: as `measure_decisions`.
        """

        def numbers() -> Iterator[int]:
            start = len(self.asked)
            for number in during(seconds, tell):
                if len(self.asked) >= wanted or (number > _HOPELESS and len(self.asked) == start):
                    return
                yield number

        self._decide(asking, numbers())

    def measure_responses(self, seconds: float, tell: Tell) -> Throughput:
        """Answer what was asked, at least one invitation, for as long as the time or they last.

        Raises:
            BenchError: as `measure_decisions`.
        """
        written = [self._respond(asked) for asked in self.asked]
        self.asked.clear()
        times = during(seconds, tell)
        return _throughput(self._drive(request for request, _ in zip(written, times, strict=False)))

    def _decide(self, drawn: Sequence[Drawn], numbers: Iterator[int]) -> Drive:
        def write(number: int) -> bytes:
            index = number % len(drawn)
            person = next(self._persons)
            body = with_person(drawn[index].body, f"bench-{person}", f"{index}-{person}")
            return write_request("POST", "/v1/touchpoints", msgspec.json.encode(body), self._gateway.key)

        def note(body: bytes) -> None:
            said = self._read.decode(body)
            if said.ask and said.invitation is not None and said.questionnaire is not None:
                index = int(said.event_id.partition("-")[0])
                self.asked.append(Asked(said.invitation.token, said.questionnaire, drawn[index]))

        return self._drive(map(write, numbers), note)

    def _respond(self, asked: Asked) -> bytes:
        answers = answer_all(self._ruleset.questionnaires[asked.questionnaire], asked.drawn.event.params)
        body: dict[str, Any] = {"answers": answers, "complete": True, "rev": 1}
        return write_request("PUT", f"/v1/invitations/{asked.token}/response", msgspec.json.encode(body))

    def _drive(self, requests: Iterator[bytes], on_answer: OnAnswer | None = None) -> Drive:
        try:
            with asyncio.Runner(loop_factory=event_loop) as runner:
                return runner.run(drive(self._gateway.port, requests, self._connections, on_answer))
        except AnswerError as error:
            problem = msgspec.json.decode(error.body, type=_Problem)
            raise BenchError(f"the gateway refused a request with {error.status}: {problem.title}") from error
        except OSError as error:
            raise BenchError(f"the gateway can't be driven any more: {error}") from error


def _throughput(driven: Drive, asked: int | None = None) -> Throughput:
    return Throughput(driven.rate, spread(driven.waits, 1e3), asked)


def _nobody(_: float) -> None:
    """Tell nobody."""
