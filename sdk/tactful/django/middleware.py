"""Carries Django's request to the touchpoints called within it, in sync and in async views."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import DisallowedHost
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse

from tactful.context import Carried, Known, carried
from tactful.django.clients import async_client, client
from tactful.django.conf import person_teller
from tactful.headers import known_from


class TactfulMiddleware:
    """Carries the request; put it anywhere, since nothing is read before a touchpoint is called.

    Made when a server loads the project, and then makes the project's client, so that the first person need not wait:
    `AsyncTactful` under ASGI, else `Tactful`. The other one is made when it is first used.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self._get_response: Callable[[HttpRequest], Any] = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
            async_client()
        else:
            client()

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer the request."""
        if self._is_async:
            return self._answer_async(request)
        here = _carried(request)
        with carried(here):
            return _streamed(self._get_response(request), here)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        here = _carried(request)
        with carried(here):
            return _streamed(await self._get_response(request), here)


def _carried(request: HttpRequest) -> Carried:
    tell: Callable[[HttpRequest], Any] = person_teller()
    if iscoroutinefunction(tell) or iscoroutinefunction(type(tell).__call__):
        return Carried(lambda: async_to_sync(tell)(request), lambda: _known(request), awaited=lambda: tell(request))
    # A person is most often read from the database, which Django allows a plain function in a thread only.
    return Carried(lambda: tell(request), lambda: _known(request), awaited=lambda: sync_to_async(tell)(request))


def _known(request: HttpRequest) -> Known:
    try:
        url = request.build_absolute_uri(request.path)
    except DisallowedHost:
        url = None
    known = known_from(
        url=url,
        path=request.path,
        referrer=request.headers.get("Referer"),
        languages=request.headers.get("Accept-Language"),
        agent=request.headers.get("User-Agent"),
    )
    # What LocaleMiddleware has chosen is the language that the page is in.
    chosen = getattr(request, "LANGUAGE_CODE", None)
    return known | {"locale": chosen} if chosen else known


def _streamed(response: HttpResponseBase, request: Carried) -> HttpResponseBase:
    """Let a streamed body be made within the request, too; a file has nothing to make."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        content = response.streaming_content
        response.streaming_content = (
            _parts_async(content, request) if isinstance(content, AsyncIterator) else _parts(content, request)
        )
    return response


def _parts(content: Iterator[bytes], request: Carried) -> Iterator[bytes]:
    parts = iter(content)
    while True:
        with carried(request):
            part = next(parts, None)
        if part is None:
            return
        yield part


async def _parts_async(content: AsyncIterator[bytes], request: Carried) -> AsyncIterator[bytes]:
    while True:
        with carried(request):
            part = await anext(content, None)
        if part is None:
            return
        yield part
