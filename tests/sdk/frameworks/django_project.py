"""A Django project in one file: sync and async views that call a touchpoint, with signed-in users and languages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import django
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

MIDDLEWARE = [
    "tactful.django.TactfulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
OFF = {"url": "", "key": "", "enabled": False}


def set_up(database: str) -> None:
    """Configure Django once a process, and make its tables."""
    settings.configure(
        SECRET_KEY="a secret for a test",
        ALLOWED_HOSTS=["127.0.0.1", "testserver"],
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "tactful.django",
        ],
        MIDDLEWARE=MIDDLEWARE,
        ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        LANGUAGES=[("de", "German"), ("zh-hans", "Chinese")],
        LOGGING_CONFIG=None,
        TACTFUL=OFF,
    )
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_user("ann", password="ann")


def sign_in(request: HttpRequest) -> HttpResponse:
    login(request, get_user_model().objects.get(username="ann"))
    return HttpResponse()


def pay(request: HttpRequest) -> HttpResponse:
    from tactful.django import client  # noqa: PLC0415 - needs the settings

    return HttpResponse(client().touchpoint("payment").reason)


async def pay_async(request: HttpRequest) -> HttpResponse:
    from tactful.django import async_client  # noqa: PLC0415 - needs the settings

    return HttpResponse((await async_client().touchpoint("payment")).reason)


async def end(request: HttpRequest) -> HttpResponse:
    from tactful.django import async_client  # noqa: PLC0415 - needs the settings

    await async_client().close()
    return HttpResponse()


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        yield b"a"
        yield pay(request).content

    return StreamingHttpResponse(parts())


async def stream_async(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        yield (await pay_async(request)).content

    return StreamingHttpResponse(parts())


def who(request: HttpRequest) -> dict[str, Any]:
    """Tell who it is in another way than by default."""
    return {"id": f"user:{request.user.pk}", "staff": request.user.is_staff}  # type: ignore[union-attr]  # signed in


async def who_async(request: HttpRequest) -> dict[str, Any]:
    """Tell the same with Django's asynchronous way to the user."""
    user = await request.auser()
    return {"id": f"user:{user.pk}", "staff": user.is_staff}  # type: ignore[union-attr]  # signed in


class Who:
    """Tells the same, as an object."""

    async def __call__(self, request: HttpRequest) -> dict[str, Any]:
        return await who_async(request)


urlpatterns = [
    path("in/", sign_in),
    path("pay/", pay),
    path("pay/async/", pay_async),
    path("stream/", stream),
    path("stream/async/", stream_async),
    path("end/", end),
]
