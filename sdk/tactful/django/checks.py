"""Tells before the project serves anybody what is wrong with the setting TACTFUL; the key's text is never shown."""

from __future__ import annotations

from inspect import signature
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's word for it

from tactful.client import Tactful
from tactful.core.strangers import did_you_mean
from tactful.django.conf import OPTIONS, PERSON, client_options, person_teller
from tactful.options import check_options

MIDDLEWARE = "tactful.django.TactfulMiddleware"


def check_setting(**_: Any) -> list[CheckMessage]:
    """Give what is wrong: E001 no usable setting, E002 a key that is no option, E003 `person`, W001 no middleware."""
    setting = getattr(settings, "TACTFUL", None)
    if not isinstance(setting, dict):
        hint = 'Set TACTFUL = {"url": "https://survey.example.com", "key": os.environ["TACTFUL_KEY"]}.'
        return [Error("TACTFUL is not set, or is no dict.", hint=hint, id="tactful.E001")]
    strange = [name for name in setting if name not in (*OPTIONS, PERSON)]
    found: list[CheckMessage] = [_unknown(name) for name in strange]
    if not strange:
        found += _check_options()
    return [*found, *_check_person(), *_check_middleware()]


def _unknown(name: object) -> Error:
    near = did_you_mean(str(name), (*OPTIONS, PERSON))
    options = ", ".join((*OPTIONS, PERSON))
    return Error(f"TACTFUL has no option {name!r}{near}.", hint=f"The options are {options}.", id="tactful.E002")


def _check_options() -> list[CheckMessage]:
    try:
        given = signature(Tactful).bind(**client_options())
        given.apply_defaults()
        options = given.arguments
        options.pop("transport")
        check_options(**options)
    except (TypeError, ValueError) as error:
        return [Error(f"TACTFUL: {error}.", id="tactful.E001")]
    return []


def _check_person() -> list[CheckMessage]:
    try:
        tell: object = person_teller()
    except ImportError as error:
        return [Error(f"TACTFUL: person: {error}", id="tactful.E003")]
    if callable(tell):
        return []
    hint = 'Name a function of the request, such as "shop.survey.person", or leave it out for the signed-in user.'
    return [Error(f"TACTFUL: person is no function but {type(tell).__name__}.", hint=hint, id="tactful.E003")]


def _check_middleware() -> list[CheckMessage]:
    if MIDDLEWARE in settings.MIDDLEWARE:
        return []
    hint = f'Add "{MIDDLEWARE}" to MIDDLEWARE, or touchpoints know no more of a request than they are told.'
    return [Warning("The middleware of tactful.django is not in MIDDLEWARE.", hint=hint, id="tactful.W001")]
