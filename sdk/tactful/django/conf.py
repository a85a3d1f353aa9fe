"""Reads the setting TACTFUL: the options of `Tactful`, and `person`, which tells whose request it is.

What surprises: nothing is kept, so that `override_settings` in a test works; only the clients are, and they are made
anew when the setting changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import signature
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from tactful.client import Tactful
from tactful.context import Person

PERSON = "person"
OPTIONS = tuple(name for name in signature(Tactful.__init__).parameters if name != "self")
"""What may stand in TACTFUL beside `person`."""


def read_setting() -> dict[str, Any]:
    """Give the setting TACTFUL; empty when there is none, or no dict."""
    setting = getattr(settings, "TACTFUL", {})
    return setting if isinstance(setting, dict) else {}


def client_options() -> dict[str, Any]:
    """Give the options for a client."""
    return {name: value for name, value in read_setting().items() if name != PERSON}


def person_teller() -> Callable[[HttpRequest], Person | Awaitable[Person]]:
    """Give what tells whose request it is: `person` in TACTFUL, itself or by its dotted path, else the signed-in user.

    Raises:
        ImportError: there is nothing at the dotted path.
    """
    given = read_setting().get(PERSON, signed_in)
    tell: Callable[[HttpRequest], Person | Awaitable[Person]] = (
        import_string(given) if isinstance(given, str) else given
    )
    return tell


def signed_in(request: HttpRequest) -> str | None:
    """Give the primary key of the signed-in user, None when nobody is."""
    user = getattr(request, "user", None)
    return str(user.pk) if user is not None and user.is_authenticated else None
