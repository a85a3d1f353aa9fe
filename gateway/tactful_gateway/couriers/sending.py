"""Sends one message and makes fact what became of it; whoever is killed in between sends it again under the same id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from msgspec import Struct

from tactful_gateway.channels.base import Courier, Message, Receipt
from tactful_gateway.clock import Clock
from tactful_gateway.couriers.messages import Letters, hide
from tactful_gateway.couriers.status import ChannelStatus
from tactful_gateway.ledger.commands import Command, Dispatch, NotSent, Sent
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.errors import LedgerBusyError
from tactful_gateway.logs import Seldom, place_of_error
from tactful_gateway.outgoing.errors import GoneError, PermanentError, TransientError
from tactful_gateway.store.base import StoreUnavailableError
from tactful_rules.model.ids import SECOND, Span

PATIENCE = 75.0
"""Seconds of real time that a provider has to accept a message: longer than couriers wait by themselves, since who is
cut off may have accepted it, and less than the lease lasts."""
AGAIN: Span = SECOND
"""The wait before what became of a message is told to the ledger again."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class _Failure(Struct, frozen=True):
    error: str
    final: bool
    retry_after: Span | None = None
    alone: bool = False


class Office(Struct, frozen=True):
    """What every lane works with.

    `chance` gives a number in [0, 1) for the spread of retries, `name` a new invitation's id with its lookup.
    """

    ledger: Ledger
    letters: Letters
    clock: Clock
    chance: Callable[[], float]
    name: Callable[[], tuple[str, bytes]]


class Sender:
    """Sends over one channel."""

    def __init__(self, courier: Courier, office: Office, status: ChannelStatus) -> None:
        self.status = status
        self._courier = courier
        self._office = office
        self._opening = asyncio.Lock()
        self._open = False
        self._is_time = Seldom()

    async def send(self, dispatch: Dispatch) -> None:
        """Send a message and say what became of it; returns when that is a fact."""
        self.status.sending += 1
        try:
            outcome = await self._try(dispatch)
            await self._submit(self._command(dispatch, outcome))
        finally:
            self.status.sending -= 1
        self._count(dispatch, outcome)

    async def close(self) -> None:
        """Let go of connections."""
        try:
            await self._courier.close()
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            self._tell("channel_not_closed", error)

    async def _try(self, dispatch: Dispatch) -> Receipt | _Failure:
        message: Message | None = None
        try:
            message = await self._office.letters.write(dispatch)
            async with asyncio.timeout(PATIENCE):
                await self._ensure_open()
                given = (await self._courier.send(message)).message_id
            return Receipt(hide(given, message) if given else None)
        except (PermanentError, GoneError) as error:
            answer = getattr(error, "answer", "")
            said = f"{error}: {answer}" if answer else str(error)
            alone = getattr(error, "alone", False)
            return _Failure(hide(said, message) if message else said, final=True, alone=alone)
        except TransientError as error:
            said = str(error)
            said = hide(said, message) if message else said
            return _Failure(said, final=False, retry_after=error.retry_after, alone=error.alone)
        except TimeoutError:
            return _Failure(f"no answer within {PATIENCE:.0f} s", final=False)
        except StoreUnavailableError as error:
            return _Failure(str(error), final=False, alone=True)
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            self._tell("channel_failed_unexpectedly", error)
            return _Failure(f"unexpected {type(error).__name__}", final=False)

    async def _ensure_open(self) -> None:
        async with self._opening:
            if not self._open:
                await self._courier.open()
                self._open = True

    def _command(self, dispatch: Dispatch, outcome: Receipt | _Failure) -> Command:
        record = dispatch.record
        if isinstance(outcome, Receipt):
            return Sent(record.person, record.id, record.rule, record.channel, dispatch.reminder, outcome.message_id)
        fallback, lookup = self._office.name()
        return NotSent(
            person=record.person,
            invitation=record.id,
            rule=record.rule,
            channel=record.channel,
            reminder=dispatch.reminder,
            attempt=record.attempts,
            error=outcome.error,
            final=outcome.final,
            retry_after=outcome.retry_after,
            chance=self._office.chance(),
            fallback=fallback,
            lookup=lookup,
        )

    async def _submit(self, command: Command) -> None:
        """Make it fact, however long the store takes; the lease may run out, the message's id stays the same."""
        while True:
            try:
                await self._office.ledger.submit(command)
            except (StoreUnavailableError, LedgerBusyError) as error:
                if self._is_time():
                    log.warning("sending_not_recorded_yet", channel=self.status.id, error=str(error))
                await self._office.clock.sleep(AGAIN)
            else:
                return

    def _tell(self, what: str, error: Exception) -> None:
        log.error(what, channel=self.status.id, trace=place_of_error(error))

    def _count(self, dispatch: Dispatch, outcome: Receipt | _Failure) -> None:
        status, record = self.status, dispatch.record
        about = {
            "channel": status.id,
            "invitation": record.id,
            "attempt": record.attempts,
            "reminder": dispatch.reminder,
        }
        if isinstance(outcome, Receipt):
            status.accept()
            log.info("invitation_sent", **about)
            return
        status.refuse(final=outcome.final, alone=outcome.alone)
        if outcome.final:
            log.error("invitation_failed", error=outcome.error, **about)
        else:
            log.warning("invitation_not_sent", error=outcome.error, **about)
