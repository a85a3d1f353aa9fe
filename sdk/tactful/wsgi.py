"""WSGI middleware (Flask, Bottle, Pyramid, Falcon): touchpoints of a request know its person and browser.

What surprises: a server iterates over a streamed body after the application returned, so that is done within the
request as well; a list, or what `wsgi.file_wrapper` made, is handed on as it is, since servers treat those better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from tactful.context import Carried, Known, Person, carried
from tactful.headers import known_from

__all__ = ["TactfulMiddleware"]

Environ: TypeAlias = dict[str, Any]
_App: TypeAlias = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class TactfulMiddleware:
    """Wraps a WSGI application: `app.wsgi_app = TactfulMiddleware(app.wsgi_app, person=...)`.

    `person(environ)` gives an id, a map with `id` and traits, or None. It is called when a touchpoint leaves `person`
    out, so within the framework's own request (`flask.session`, `flask_login.current_user`).
    """

    def __init__(self, app: _App, *, person: Callable[[Environ], Person] | None = None) -> None:
        self._app = app
        self._person = person

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        tell = self._person
        request = Carried(None if tell is None else lambda: tell(environ), lambda: _known(environ))
        with carried(request):
            body = self._app(environ, start_response)
        wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(body, list | tuple) or (isinstance(wrapper, type) and isinstance(body, wrapper)):
            return body
        return _Streamed(body, request)


class _Streamed:
    """A body whose parts are made within the request."""

    def __init__(self, body: Iterable[bytes], request: Carried) -> None:
        self._body = body
        self._request = request
        self._parts: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with carried(self._request):
            if self._parts is None:
                self._parts = iter(self._body)
            return next(self._parts)

    def close(self) -> None:
        """Let the application clean up, as PEP 3333 wants it."""
        close = getattr(self._body, "close", None)
        if close is not None:
            with carried(self._request):
                close()


def _known(environ: Environ) -> Known:
    path = _decoded(environ.get("SCRIPT_NAME", "")) + _decoded(environ.get("PATH_INFO", ""))
    host = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}"
    return known_from(
        url=f"{environ.get('wsgi.url_scheme', 'http')}://{host}{path}",
        path=path,
        referrer=environ.get("HTTP_REFERER"),
        languages=environ.get("HTTP_ACCEPT_LANGUAGE"),
        agent=environ.get("HTTP_USER_AGENT"),
    )


def _decoded(text: str) -> str:
    """Give a path as UTF-8: WSGI has it as bytes in the clothes of Latin-1."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")
