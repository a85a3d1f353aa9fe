"""Stand-ins for an app's own tests: the real clients over a transport that answers from memory, so nothing is imitated.

What surprises: a touchpoint that has no decision is `unknown_touchpoint`, as it would be at a gateway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import msgspec
from msgspec.structs import replace

from tactful.async_client import AsyncTactful
from tactful.client import Tactful
from tactful.core.event.declared import ANY_PARAM
from tactful.core.strangers import did_you_mean
from tactful.transport import AsyncTransport, Request, Response, Transport
from tactful_rules.model.decision import REASONS, Decision, Invitation, Reason
from tactful_rules.model.ruleset import GateRule, GateRuleset

Answer = Decision | Reason
Answers = Mapping[str, Answer | Sequence[Answer]]
_URL = "http://fake.invalid"
_KEY = "sk_testing"


def asked(questionnaire: str = "survey", *, channel: str = "web", **parts: Any) -> Decision:
    """Give a decision that asks `questionnaire`; `parts` replace parts of its invitation, e.g. `url=...`."""
    invitation = {
        "id": "invitation",
        "token": "token",
        "url": f"{_URL}/i/token",
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
        self._told: dict[str, Decision] = {}
        self._lock = Lock()

    def send(self, request: Request, timeout: float) -> Response:
        """Give the answer that a gateway with this script would give."""
        if request.path == "/v1/ruleset":
            return _json(200, self._ruleset(), etag='"scripted"')
        if request.path == "/v1/reports":
            return _json(202, {"duplicate": False})
        call = msgspec.json.decode(request.body)
        return _json(200, self._decide(call["touchpoint"], call["event_id"]))

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

    def _ruleset(self) -> GateRuleset:
        rules = (GateRule(id="scripted", at=tuple(self._script)),)
        return GateRuleset(
            version="scripted", touchpoints={name: {ANY_PARAM: {}} for name in self._script}, rules=rules
        )


class RecordingTransport:
    """Passes requests on and keeps them; `requests` and `touchpoints` say what was sent, in order."""

    def __init__(self, inner: Transport) -> None:
        self.requests: list[Request] = []
        self._inner = inner

    @property
    def touchpoints(self) -> list[dict[str, Any]]:
        """The bodies of the touchpoint calls."""
        return touchpoints_in(self.requests)

    def send(self, request: Request, timeout: float) -> Response:
        """Keep the request and pass it on."""
        self.requests.append(request)
        return self._inner.send(request, timeout)

    def close(self) -> None:
        """Close what it passes on to."""
        self._inner.close()


class AsyncRecordingTransport:
    """`RecordingTransport` for `AsyncTactful`; also takes a transport for threads that answers at once."""

    def __init__(self, inner: AsyncTransport | ScriptedTransport) -> None:
        self.requests: list[Request] = []
        self._inner = inner

    @property
    def touchpoints(self) -> list[dict[str, Any]]:
        """The bodies of the touchpoint calls."""
        return touchpoints_in(self.requests)

    async def send(self, request: Request, timeout: float) -> Response:  # noqa: ASYNC109 - the protocol's
        """Keep the request and pass it on."""
        self.requests.append(request)
        if isinstance(self._inner, ScriptedTransport):
            return self._inner.send(request, timeout)
        return await self._inner.send(request, timeout)

    async def close(self) -> None:
        """Close what it passes on to."""
        if not isinstance(self._inner, ScriptedTransport):
            await self._inner.close()


class FakeTactful(Tactful):
    """A `Tactful` without a gateway: `FakeTactful(decisions={"payment": asked(), "menu": "paused"})`.

    `touchpoints` lists the bodies of the calls that would have reached the gateway.
    """

    def __init__(self, decisions: Answers, **options: Any) -> None:
        self.transport = RecordingTransport(ScriptedTransport(decisions))
        defaults = {"key": _KEY, "cache_dir": None, "timeout": 5.0}
        super().__init__(_URL, transport=self.transport, **(defaults | options))

    @property
    def touchpoints(self) -> list[dict[str, Any]]:
        """The bodies of the touchpoint calls."""
        return self.transport.touchpoints


class FakeAsyncTactful(AsyncTactful):
    """An `AsyncTactful` without a gateway; see `FakeTactful`."""

    def __init__(self, decisions: Answers, **options: Any) -> None:
        self.transport = AsyncRecordingTransport(ScriptedTransport(decisions))
        defaults = {"key": _KEY, "cache_dir": None, "timeout": 5.0}
        super().__init__(_URL, transport=self.transport, **(defaults | options))

    @property
    def touchpoints(self) -> list[dict[str, Any]]:
        """The bodies of the touchpoint calls."""
        return self.transport.touchpoints


def touchpoints_in(requests: Sequence[Request]) -> list[dict[str, Any]]:
    """Give the bodies of the touchpoint calls among requests."""
    return [msgspec.json.decode(request.body) for request in requests if request.path == "/v1/touchpoints"]


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
