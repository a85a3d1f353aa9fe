"""Reads what the gateway answered: a decision, a refusal that is final, or a failure that may pass."""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

from tactful.errors import RefusedError, TactfulError, UnavailableError
from tactful.transport import Response, TransportError
from tactful_rules.model.decision import Decision

Outcome = Response | Exception
"""An answer, or what kept it from coming."""

PASSING = frozenset({408, 425, 429})
KEY_REFUSED = frozenset({401, 403})

_decode_decision = msgspec.json.Decoder(Decision).decode


NAMED = 3
"""Most causes of a refusal that are told."""
LONGEST = 160
_VALUE = re.compile(r"'[^']*'")
"""What a message quotes so is of the event, and may be a person's."""


class Cause(Struct, frozen=True):
    """What is wrong where in the request."""

    path: str = ""
    message: str = ""

    def __str__(self) -> str:
        said = _VALUE.sub("'…'", f"{self.path}: {self.message}" if self.path else self.message)
        return "".join(sign if sign.isprintable() else " " for sign in said[:LONGEST])


class Problem(Struct, frozen=True):
    """The parts of a problem document (RFC 9457) worth a log line."""

    code: str = ""
    detail: str = ""
    title: str = ""
    problems: tuple[Cause, ...] = ()

    def told(self, status: int) -> str:
        """Give all of it in one line."""
        line = " ".join(part for part in (str(status), self.code, self.detail or self.title) if part)
        causes = [str(cause) for cause in self.problems[:NAMED]]
        if len(self.problems) > NAMED:
            causes.append(f"and {len(self.problems) - NAMED} more")
        return f"{line} {'; '.join(causes)}" if causes else line


_decode_problem = msgspec.json.Decoder(Problem).decode


class Failure(Struct, frozen=True):
    """Why there is no usable answer.

    `passing` failures open the circuit; a final one is about this request alone. `key_refused` is both: every other
    request would be refused too.
    """

    error: TactfulError
    passing: bool
    key_refused: bool = False
    retry_after: float | None = None


def no_answer(seconds: float) -> TransportError:
    """Say that no answer came within `seconds`; a deadline may have passed before anything was sent."""
    if seconds <= 0:
        return TransportError("no time was left to wait for an answer")
    return TransportError(f"no answer within {seconds:.3f} s")


def read_decision(outcome: Outcome) -> Decision | Failure:
    """Give the decision in an outcome, or why there is none."""
    failure = read_failure(outcome)
    if failure is not None:
        return failure
    assert isinstance(outcome, Response)
    try:
        decision = _decode_decision(outcome.body)
    except (msgspec.MsgspecError, ValueError):
        return Failure(UnavailableError("the answer is not a decision: is this a Tactful gateway?"), passing=True)
    if decision.ask is not (decision.reason == "asked") or (decision.ask and decision.invitation is None):
        return Failure(UnavailableError("the answer is a decision that contradicts itself"), passing=True)
    return decision


def read_failure(outcome: Outcome) -> Failure | None:
    """Give why an outcome is no success, or None when it is one (any 2xx, or 304)."""
    if isinstance(outcome, Exception):
        text = f"no answer: {type(outcome).__name__}: {outcome}".rstrip(": ")
        return Failure(UnavailableError(text), passing=True)
    status = outcome.status
    if 200 <= status < 300 or status == 304:
        return None
    told = _problem(outcome.body).told(status)
    if status in KEY_REFUSED:
        return Failure(RefusedError(told), passing=True, key_refused=True)
    if 300 <= status < 400:
        return Failure(UnavailableError(f"{told}: redirects are not followed; is the url right?"), passing=True)
    if status >= 500 or status in PASSING:
        return Failure(UnavailableError(f"the gateway answered {told}"), True, retry_after=_retry_after(outcome))
    return Failure(RefusedError(f"refused: {told}"), passing=False)


def _retry_after(response: Response) -> float | None:
    """Read `Retry-After` in seconds; the gateway always sends an integer, a date is left to the backoff."""
    text = response.headers.get("retry-after", "").strip()
    return float(text) if text.isdecimal() and len(text) < 10 else None


def _problem(body: bytes) -> Problem:
    try:
        return _decode_problem(body)
    except (msgspec.MsgspecError, ValueError):
        return Problem()
