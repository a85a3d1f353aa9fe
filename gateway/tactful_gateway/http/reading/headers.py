"""Finds one request header among the raw ones; Starlette's `Headers` decodes every header again for each question."""

from __future__ import annotations

from starlette.types import Scope


def read_header(scope: Scope, name: bytes) -> str | None:
    """Give the first header with this name (in lower case, as ASGI has them), None when it is absent."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None
