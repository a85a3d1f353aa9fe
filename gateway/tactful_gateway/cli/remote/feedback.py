"""Posts batches of feedback to a running gateway over one connection, and tells a "not now" from a "no"."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx
import typer

from tactful_gateway.cli.remote.client import Remote
from tactful_gateway.importing.sending import Unavailable

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
"""A gateway that is there may take its time over a batch; that none is there is to be known soon."""


class FeedbackPost:
    """Sends bodies to `/v1/feedback`; use it in a `with`."""

    def __init__(self, remote: Remote, *, dry_run: bool) -> None:
        self._remote = remote
        self._query = {"dry_run": "1"} if dry_run else {}

    def __enter__(self) -> Self:
        """Make the client; it connects when first needed."""
        try:
            self._client = httpx.Client(
                base_url=self._remote.url,
                timeout=TIMEOUT,
                headers={"authorization": f"Bearer {self._remote.key}"},
            )
        except httpx.InvalidURL as error:
            raise typer.BadParameter(f"--gateway is an address such as https://survey.example.com: {error}") from error
        except UnicodeEncodeError as error:
            raise typer.BadParameter("the key has characters that no key has") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._client.close()

    def __call__(self, body: bytes) -> bytes:
        """Send a body and give the answer's.

        Raises:
            Unavailable: the gateway is busy, or not reached.
            RemoteError: it refuses, and would again.
            typer.BadParameter: the address or the key is none.
        """
        try:
            response = self._client.post("/v1/feedback", content=body, params=self._query)
        except httpx.UnsupportedProtocol as error:
            raise typer.BadParameter(f"--gateway is an address such as https://survey.example.com: {error}") from error
        except httpx.LocalProtocolError as error:
            raise typer.BadParameter("the key has characters that no key has") from error
        except httpx.HTTPError as error:
            raise Unavailable(f"no answer from {self._remote.url}: {error or type(error).__name__}") from error
        if response.status_code == 202:
            return response.content
        refusal = self._remote.refusal(response)
        if response.status_code in (429, 502, 503, 504):
            after = response.headers.get("retry-after", "")
            raise Unavailable(str(refusal), float(after) if after.isdecimal() else None)
        raise refusal
