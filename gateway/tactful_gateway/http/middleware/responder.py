"""What answers a request: a function from its scope and body to a response, and middleware are such functions, too.

Nobody but the outermost one sends: what a middleware adds it adds to the response, where wrapping `send` would take
several more calls a request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.responses import Response
from starlette.types import Receive, Scope

Responder: TypeAlias = Callable[[Scope, Receive], Awaitable[Response]]
