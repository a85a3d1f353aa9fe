"""One call of a running gateway; whatever goes wrong is said in one line, and never with the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
import msgspec
import typer
from msgspec import Struct

from tactful_gateway.http.credentials.keys import REFRESH
from tactful_gateway.http.problems import ProblemDetails
from tactful_rules.model.ids import SECOND

TIMEOUT = 10.0
_NEW_KEY = f"Made just now? A gateway looks for new keys every {REFRESH // SECOND} seconds: try again."

T = TypeVar("T", bound=Struct)


class RemoteError(Exception):
    """The gateway did not do it; the message says why and what to do."""


class RefusedError(RemoteError):
    """The gateway said no: `code` is that of the problem details in `body`."""

    def __init__(self, message: str, code: str, body: bytes) -> None:
        super().__init__(message)
        self.code = code
        self.body = body


class Remote(Struct, frozen=True):
    """A running gateway: its address, and a key for it."""

    url: str
    key: str

    def call(
        self,
        kind: type[T],
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
    ) -> T:
        """Make a call and give its answer.

        Raises:
            RemoteError: the gateway is not reached, or refuses.
            typer.BadParameter: the address or the key is none.
        """
        sent = {**(headers or {}), "authorization": f"Bearer {self.key}"}
        content = None if body is None else msgspec.json.encode(body)
        with self._explained(), httpx.Client(base_url=self.url, timeout=timeout) as client:
            response = client.request(method, path, content=content, params=query, headers=sent)
        if not response.is_success:
            raise self.refusal(response)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except msgspec.DecodeError as error:
            raise RemoteError(f"{self.url} answered something else; is it a Tactful gateway, and as new?") from error

    def parts(self, method: str, path: str, *, timeout: float = TIMEOUT) -> Iterator[bytes]:
        """Make a call and give its answer's bytes as they arrive; what was given is worth nothing unless all came.

        Raises:
            RemoteError: the gateway is not reached, refuses, or hangs up.
            typer.BadParameter: the address or the key is none.
        """
        sent = {"authorization": f"Bearer {self.key}"}
        with (
            self._explained(),
            httpx.Client(base_url=self.url, timeout=timeout) as client,
            client.stream(method, path, headers=sent) as response,
        ):
            if response.status_code != 200:
                response.read()
                raise self.refusal(response)
            yield from response.iter_bytes()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise typer.BadParameter(f"--gateway is an address such as https://survey.example.com: {error}") from error
        except (UnicodeEncodeError, httpx.LocalProtocolError) as error:
            raise typer.BadParameter("the key has characters that no key has") from error
        except httpx.HTTPError as error:
            raise RemoteError(f"no answer from {self.url}: {error or type(error).__name__}") from error

    def refusal(self, response: httpx.Response) -> RemoteError:
        """Give what a gateway says by an answer that is no success."""
        try:
            problem = msgspec.json.decode(response.content, type=ProblemDetails)
        except msgspec.DecodeError:
            return RemoteError(f"{self.url} answered {response.status_code}; is it a Tactful gateway?")
        parts = [problem.title, problem.detail, *(f"{part.path}: {part.message}" for part in problem.problems)]
        if problem.code == "unknown_key":
            parts.append(_NEW_KEY)
        message = f"{self.url} refused: {' '.join(part for part in parts if part)} ({problem.code})"
        return RefusedError(message, problem.code, response.content)
