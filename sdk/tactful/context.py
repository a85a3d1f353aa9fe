"""What a request says of its person, locale, page and device, for the touchpoints within it that leave those out.

The middlewares carry a request; whatever else handles one, such as a queue's worker, does so with `carry`. Nothing is
read from a request, and nobody is asked who its person is, before a touchpoint wants to know.
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


class Carried:
    """One request, as far as touchpoints want to know it."""

    __slots__ = ("_awaited", "_known", "_person", "_read")

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
        self._read = read
        self._known: Known | None = None

    def fill(self, arguments: dict[str, Any]) -> None:
        """Put in what the caller left out.

        Raises:
            InvalidCallError: the request does not tell; the message names the place, never a value.
        """
        if arguments["person"] is None and self._person is not None:
            told = _guarded(self._person, "person")
            if isinstance(told, Awaitable):
                _discard(told)
                raise InvalidCallError("`person` of the request has to be awaited: only AsyncTactful can do that")
            arguments["person"] = _somebody(told)
        if self._known is None:
            self._known = _guarded(self._read, "request")
        person = arguments["person"]
        for name, value in self._known.items():
            if arguments[name] is None and not (name == "locale" and isinstance(person, Mapping) and person.get(name)):
                arguments[name] = value

    async def person(self) -> Person:
        """Give the person for `AsyncTactful`, None where nothing tells.

        Raises:
            InvalidCallError: what tells failed, or there is nobody.
        """
        if self._awaited is None:
            return None
        try:
            told = self._awaited()
            person = await told if isinstance(told, Awaitable) else told
        except Exception as error:
            raise _untold("person", error) from error
        return _somebody(person)


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


def _somebody(person: Person) -> Person:
    if person is None:
        raise NobodyError("nobody is known to be at this request; pass `person` to ask visitors, too")
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
