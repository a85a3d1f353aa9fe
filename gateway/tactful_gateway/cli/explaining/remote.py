"""Asks a running gateway, which knows the person; whatever goes wrong is said in one line, and never with the key."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import typer
from msgspec.structs import asdict

from tactful_gateway.cli.explaining.options import Asked
from tactful_gateway.explanation import Explanation
from tactful_gateway.http.problems import ProblemDetails

TIMEOUT = 10.0


class RemoteError(Exception):
    """The gateway did not explain; the message says why and what to do."""


def ask_gateway(url: str, key: str, asked: Asked) -> Explanation:
    """Have a gateway explain.

    Raises:
        RemoteError: it is not reached, or refuses.
        typer.BadParameter: the address is none.
    """
    try:
        with httpx.Client(base_url=url, timeout=TIMEOUT) as client:
            response = client.post("/v1/explain", json=_call(asked), headers={"authorization": f"Bearer {key}"})
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise typer.BadParameter(f"--gateway is an address such as https://survey.example.com: {error}") from error
    except (UnicodeEncodeError, httpx.LocalProtocolError) as error:
        raise typer.BadParameter("--key has characters that no key has") from error
    except httpx.HTTPError as error:
        raise RemoteError(f"no answer from {url}: {error or type(error).__name__}") from error
    if response.status_code != 200:
        raise RemoteError(_refusal(url, response))
    try:
        return msgspec.json.decode(response.content, type=Explanation)
    except msgspec.DecodeError as error:
        raise RemoteError(f"{url} gave something else than an explanation; is it a Tactful gateway?") from error


def _call(asked: Asked) -> dict[str, Any]:
    call = {
        "touchpoint": asked.touchpoint,
        "person": asked.person,
        "params": {path: _value(text) for path, text in asked.params.items()},
        "reach": asked.reach,
        "device": {name: value for name, value in asdict(asked.device).items() if value is not None} or None,
        "page": {name: value for name, value in asdict(asked.page).items() if value is not None} or None,
        "timezone": asked.timezone,
    }
    return {name: value for name, value in call.items() if value is not None}


def _value(text: str) -> object:
    """Read a param without knowing its type: what is JSON is that, anything else is a text."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _refusal(url: str, response: httpx.Response) -> str:
    try:
        problem = msgspec.json.decode(response.content, type=ProblemDetails)
    except msgspec.DecodeError:
        return f"{url} answered {response.status_code}; is it a Tactful gateway?"
    parts = [problem.title, problem.detail, *(f"{part.path}: {part.message}" for part in problem.problems)]
    return f"{url} refused: {' '.join(part for part in parts if part)} ({problem.code})"
