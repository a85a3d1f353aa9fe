"""What a request says of its person, locale, page and device, for the touchpoints within it that leave those out.

The middlewares carry a request; whatever else handles one, such as a queue's worker, does so with `carry`. Nothing is
read from a request, and nobody looks up who its person is, before a touchpoint is called that may ask somebody.

What surprises: a call may name somebody else than who is at the request (a courier's request tells that a customer's
parcel was delivered), so only the request's own person gets its locale, page and device.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

from tactful.errors import InvalidCallError, NobodyError

__all__ = ["carry"]

Person: TypeAlias = str | Mapping[str, Any] | None
"""An id, a map with `id` and traits, or None for nobody that is known."""
Known: TypeAlias = Mapping[str, Any]
"""`locale`, `page` and `device` as `touchpoint()` takes them; what is missing or None stays left out."""

_NOTHING: Known = {}
_TOLD = ("person", "locale", "page", "device")


class Carried:
    """One request, as far as touchpoints want to know it."""

    __slots__ = ("_awaited", "_known", "_person", "_read", "tells_person")

    def __init__(
        self,
        person: Callable[[], Person | Awaitable[Person]] | None = None,
        read: Callable[[], Known] = lambda: _NOTHING,
        *,
        awaited: Callable[[], Awaitable[Person]] | None = None,
    ) -> None:
        """Take what tells who it is and what is known: `read` once at most, the person anew for each touchpoint.

        `awaited` is what `AsyncTactful` calls in place of `person`.
        """
        self._person = person
        self._awaited = awaited or person
        self.tells_person = person is not None
        self._read = read
        self._known: Known | None = None

    def fill(self, arguments: dict[str, Any]) -> None:
        """Put in what the caller left out, if the call is about the request's own person.

        Raises:
            InvalidCallError: the request does not tell; the message names the place, never a value.
        """
        own = None
        if self._person is not None and _is_incomplete(arguments):
            try:
                own = _somebody(_at_once(_guarded(self._person, "person")))
            except InvalidCallError:
                if arguments["person"] is None:
                    raise
        self._put_in(arguments, own)

    async def fill_awaiting(self, arguments: dict[str, Any]) -> None:
        """Do as `fill` does, for `AsyncTactful`: who it is may have to be awaited.

        Raises:
            InvalidCallError: the request does not tell; the message names the place, never a value.
        """
        own = None
        if self._awaited is not None and _is_incomplete(arguments):
            try:
                own = await self._await_person(self._awaited)
            except InvalidCallError:
                if arguments["person"] is None:
                    raise
        self._put_in(arguments, own)

    async def _await_person(self, tell: Callable[[], Person | Awaitable[Person]]) -> Person:
        try:
            told: Any = tell()
            while isinstance(told, Awaitable):  # a function run in a thread may turn out to give a coroutine
                told = await told
        except Exception as error:
            raise _untold("person", error) from error
        return _somebody(told)

    def _put_in(self, arguments: dict[str, Any], own: Person) -> None:
        """Put in what was left out; `own` is who is at the request, None where nothing tells."""
        if arguments["person"] is None:
            arguments["person"] = own
        elif self.tells_person and (own is None or _id(arguments["person"]) != _id(own)):
            return
        if self._known is None:
            self._known = _guarded(self._read, "request")
        person = arguments["person"]
        for name, value in self._known.items():
            if arguments[name] is None and not (name == "locale" and isinstance(person, Mapping) and person.get(name)):
                arguments[name] = value


CARRIED: ContextVar[Carried | None] = ContextVar("tactful", default=None)


@contextmanager
def carried(request: Carried) -> Iterator[None]:
    """Let the touchpoints within the block know of `request`."""
    token = CARRIED.set(request)
    try:
        yield
    finally:
        CARRIED.reset(token)


@contextmanager
def carry(
    person: Person | Callable[[], Person | Awaitable[Person]] = None,
    *,
    locale: str | None = None,
    user_agent: str | None = None,
    page: Mapping[str, str | None] | None = None,
) -> Iterator[None]:
    """Let the touchpoints within the block leave out what is given here; what they say themselves counts.

    `person` is what `touchpoint()` takes, or a callable that gives it when it is wanted.
    """
    device = None if user_agent is None else {"user_agent": user_agent}
    known = {"locale": locale, "page": page, "device": device}
    tell = person if callable(person) or person is None else lambda: person
    with carried(Carried(tell, lambda: known)):
        yield


def _is_incomplete(arguments: dict[str, Any]) -> bool:
    return any(arguments[name] is None for name in _TOLD)


def _id(person: Person) -> object:
    return person.get("id") if isinstance(person, Mapping) else person


def _at_once(told: Any) -> Any:
    if isinstance(told, Awaitable):
        _discard(told)
        raise InvalidCallError("`person` of the request has to be awaited: only AsyncTactful can do that")
    return told


def _somebody(person: Person) -> Person:
    if person is None:
        raise NobodyError("nobody is known to be at this request; give visitors an id of your own to ask them, too")
    return person


def _guarded(tell: Callable[[], Any], what: str) -> Any:
    try:
        return tell()
    except Exception as error:
        raise _untold(what, error) from error


def _untold(what: str, error: Exception) -> InvalidCallError:
    """Say what failed and where; the error's own text may hold a person's id."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "?" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return InvalidCallError(f"`{what}` of the request cannot be told: {type(error).__name__} at {place}")


def _discard(told: Awaitable[Any]) -> None:
    """Drop a coroutine that nobody will await, without Python's warning that nobody did."""
    if isinstance(told, Coroutine):
        told.close()
