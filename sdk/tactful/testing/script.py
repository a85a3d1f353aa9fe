"""A gateway in memory, as far as the SDK sees one: it gives a ruleset, and decides what a test told it to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import RLock
from typing import Any

import msgspec
from msgspec.structs import replace

from tactful.core.event.declared import ANY_PARAM
from tactful.core.strangers import did_you_mean
from tactful.transport import Request, Response
from tactful_rules.model.decision import REASONS, Decision, Invitation, Reason
from tactful_rules.model.ruleset import GateRule, GateRuleset

Answer = Decision | Reason
Answers = Mapping[str, Answer | Sequence[Answer]]
URL = "http://fake.invalid"


def asked(questionnaire: str = "survey", *, channel: str = "web", **parts: Any) -> Decision:
    """Give a decision that asks `questionnaire`; `parts` replace parts of its invitation, e.g. `url=...`."""
    invitation = {
        "id": "invitation",
        "token": "token",
        "url": f"{URL}/i/token",
        "expires_at": "2100-01-01T00:00:00.000Z",
        "questionnaire": {"id": questionnaire, "questions": []},
    }
    return Decision(
        ask=True,
        reason="asked",
        touchpoint="",
        event_id="",
        rule="rule",
        questionnaire=questionnaire,
        channel=channel,
        invitation=msgspec.convert(invitation | parts, Invitation),
    )


class ScriptedTransport:
    """Answers touchpoints from `decisions`: a decision, a reason, or a sequence of them whose last one repeats.

    Raises:
        ValueError: one of them is no reason, or a decision that contradicts itself.
    """

    def __init__(self, decisions: Answers) -> None:
        self._script = {name: _sequence(name, answer) for name, answer in decisions.items()}
        self._edition = 0
        self._told: dict[str, Decision] = {}
        self._lock = RLock()  # a signal handler of the app may call a touchpoint while its thread is in here

    def send(self, request: Request, timeout: float) -> Response:
        """Give the answer that a gateway with this script would give."""
        if request.path == "/v1/ruleset":
            return self._ruleset()
        if request.path == "/v1/reports":
            return _json(202, {"duplicate": False})
        call = msgspec.json.decode(request.body)
        return _json(200, self._decide(call["touchpoint"], call["event_id"]))

    @property
    def version(self) -> str:
        """The version of the ruleset."""
        return f"scripted-{self._edition}"

    def decide(self, touchpoint: str, *answers: Answer) -> None:
        """Answer calls at the touchpoint so from now on; those that were answered keep their answers.

        Raises:
            ValueError: one of the answers is no reason, or a decision that contradicts itself.
        """
        script = _sequence(touchpoint, answers)
        with self._lock:
            self._script[touchpoint] = script
            self._edition += 1

    def close(self) -> None:
        """Let go of nothing."""

    def _decide(self, touchpoint: str, event_id: str) -> Decision:
        with self._lock:
            if event_id not in self._told:
                script = self._script.get(touchpoint)
                if script is None:
                    return _no("unknown_touchpoint", touchpoint, event_id)
                answer = script.pop(0) if len(script) > 1 else script[0]
                decision = _no(answer, touchpoint, event_id) if isinstance(answer, str) else answer
                self._told[event_id] = replace(decision, touchpoint=touchpoint, event_id=event_id)
            return self._told[event_id]

    def _ruleset(self) -> Response:
        with self._lock:
            names, version = tuple(self._script), self.version
        rules = (GateRule(id="scripted", at=names),)
        ruleset = GateRuleset(version=version, touchpoints={name: {ANY_PARAM: {}} for name in names}, rules=rules)
        return _json(200, ruleset, etag=f'"{version}"')


def _sequence(name: str, answer: Answer | Sequence[Answer]) -> list[Answer]:
    answers: list[Answer] = [answer] if isinstance(answer, str | Decision) else list(answer)
    if not answers:
        raise ValueError(f"decisions[{name!r}]: a sequence of decisions must not be empty")
    for one in answers:
        _check(name, one)
    return answers


def _check(name: str, answer: object) -> None:
    if isinstance(answer, Decision):
        if answer.ask is not (answer.reason == "asked") or (answer.ask and answer.invitation is None):
            raise ValueError(f"decisions[{name!r}]: the decision contradicts itself; `asked()` makes a whole one")
    elif answer not in REASONS:
        near = did_you_mean(answer, REASONS) if isinstance(answer, str) else ""
        raise ValueError(f"decisions[{name!r}]: no reason is {answer!r}{near}; the reasons are {', '.join(REASONS)}")


def _no(reason: Reason, touchpoint: str, event_id: str) -> Decision:
    if reason == "asked":
        return asked()
    return Decision(ask=False, reason=reason, touchpoint=touchpoint, event_id=event_id)


def _json(status: int, body: object, **headers: str) -> Response:
    return Response(status, {"content-type": "application/json"} | headers, msgspec.json.encode(body))
