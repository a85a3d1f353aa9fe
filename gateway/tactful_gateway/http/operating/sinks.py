"""How sinks are doing, what could not be delivered, and delivering it again."""

from __future__ import annotations

import msgspec
import structlog
from starlette.responses import Response

from tactful_gateway.consumers.operating import NotYetError
from tactful_gateway.consumers.status import SinkStatus
from tactful_gateway.http.operating.wire import (
    BEGINNING,
    ForgetReceipt,
    Lag,
    Letter,
    Letters,
    LettersQuery,
    ReplayCall,
    ReplayReceipt,
    RetryCall,
    RetryReceipt,
    Sinks,
    SinkView,
)
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.instant import read_instant
from tactful_gateway.ledger.commands import Problem
from tactful_gateway.store.records import DeadLetter
from tactful_rules.model.ids import SECOND, Instant, rfc3339

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def list_sinks(call: Call) -> Response:
    """Give every sink, as the gateway that delivers to it says."""
    now = call.services.clock.now()
    found = await call.services.operator.status()
    return answer(Sinks(tuple(_view(status, now) for status in found)))


async def replay(call: Call) -> Response:
    """Deliver everything from somewhere on again."""
    body: ReplayCall = call.body
    operator, sink = call.services.operator, _sink(call)
    try:
        done = await operator.replay(sink, await _first(call, body.start))
    except NotYetError as error:
        message = f"Nothing has happened from there on. {error}"
        raise ApiError("invalid_request", [Problem("from", "in_future", message)]) from None
    _tell(call, "sink_replay", first=done.first, order=done.order)
    return answer(ReplayReceipt(done.order, done.first, done.last), 202)


async def list_letters(call: Call) -> Response:
    """Give a sink's dead letters, oldest first."""
    query: LettersQuery = call.query
    found = await call.services.operator.letters(_sink(call), query.limit + 1, query.after)
    shown = tuple(_letter(letter) for letter in found[: query.limit])
    return answer(Letters(shown, shown[-1].seq if len(found) > query.limit else None))


async def retry_letters(call: Call) -> Response:
    """Try dead letters again, and what waits for its next try at once."""
    body: RetryCall = call.body
    done = await call.services.operator.retry(_sink(call), body.ids)
    _tell(call, "sink_retry", letters=done.letters, order=done.order)
    return answer(RetryReceipt(done.order, done.letters, tuple(done.unknown), done.last), 202)


async def forget(call: Call) -> Response:
    """Forget a sink that is gone for good, so that it keeps nothing from going."""
    letters = await call.services.operator.forget(_sink(call))
    _tell(call, "sink_forgotten", letters=letters)
    return answer(ForgetReceipt(letters))


async def _first(call: Call, start: int | str) -> int:
    """Give the sequence to begin with."""
    if isinstance(start, int):
        return start
    if start == BEGINNING:
        return 1
    return await call.services.operator.find(read_instant("from", start))


def _sink(call: Call) -> str:
    return str(call.scope["path_params"]["sink"])


def _tell(call: Call, what: str, **more: object) -> None:
    assert call.key is not None
    log.info(what, sink=_sink(call), by=call.key.id, name=call.key.name, **more)


def _view(status: SinkStatus, now: Instant) -> SinkView:
    behind = 0.0 if status.oldest is None else max(0, now - status.oldest) / SECOND
    return SinkView(
        id=status.id,
        kind=status.kind,
        state=status.state,
        circuit=status.circuit,
        cursor=status.seq,
        lag=Lag(status.pending, behind),
        accepted=status.accepted,
        delivered=status.delivered,
        pending=status.pending,
        dead=status.dead,
        erased=status.erased,
        filtered=status.filtered,
        asked=status.asked,
        uncounted=status.uncounted,
        attempts=status.attempts,
        next_try=None if status.retry_at is None else rfc3339(status.retry_at),
        error=status.error,
        order=status.order,
    )


def _letter(letter: DeadLetter) -> Letter:
    return Letter(
        seq=letter.seq,
        id=letter.event_id,
        at=rfc3339(letter.at),
        attempts=letter.attempts,
        error=letter.error,
        answer=letter.answer,
        next_try=None if letter.due is None else rfc3339(letter.due),
        event=msgspec.json.decode(letter.body),
    )
