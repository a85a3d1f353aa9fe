"""The Django app in a real project, under WSGI and ASGI servers, with users in a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.checks import run_checks
from django.core.wsgi import get_wsgi_application
from django.test.utils import override_settings

from tactful import AsyncTactful, Tactful
from tactful.drive.lifecycle import living
from tactful.testing import FakeTactful
from tests.sdk.frameworks import django_project
from tests.sdk.frameworks.conftest import BROWSER, known


@pytest.fixture(scope="module", autouse=True)
def project(tmp_path_factory: pytest.TempPathFactory) -> None:
    django_project.set_up(str(tmp_path_factory.mktemp("django") / "db.sqlite3"))


@pytest.fixture
def connected(little_gateway: Any) -> Iterator[Any]:
    """Let the project's clients ask a gateway; the test changes the setting further if it likes."""
    little_gateway.publish("payment")
    tactful = {"url": little_gateway.url, "key": "sk_test", "cache_dir": None, "timeout": 5.0}
    with override_settings(TACTFUL=tactful):
        yield little_gateway
        from tactful.django import client  # noqa: PLC0415 - needs the settings

        client().close(0.2)


@pytest.mark.parametrize("page", ["/pay/", "/stream/"])
def test_a_sync_view_knows_the_signed_in_user_the_language_and_the_browser(
    connected: Any, serve_wsgi: Callable[..., Any], page: str
) -> None:
    with serve_wsgi(get_wsgi_application()) as browser:
        assert browser.get(page).text.endswith("unavailable")
        browser.get("/in/")
        assert browser.get(page + "?card=secret").text.endswith("asked")
        url = str(browser.base_url).rstrip("/")
    (call,) = connected.calls
    assert call["person"] == "1"
    assert call["locale"] == "zh-hans"  # what LocaleMiddleware made of zh-CN
    assert known(call | {"locale": "zh-CN"}, page, url)


@pytest.mark.parametrize("page", ["/pay/", "/pay/async/", "/stream/async/"])
def test_views_under_asgi_know_it_too_and_the_user_comes_from_the_database(
    connected: Any, serve_asgi: Callable[..., Any], page: str
) -> None:
    with serve_asgi(get_asgi_application()) as browser:
        browser.get("/in/")
        assert browser.get(page).text.endswith("asked")
        browser.get("/end/")
    assert [call["person"] for call in connected.calls] == ["1"]
    assert connected.calls[0]["device"] == {"user_agent": BROWSER["user-agent"]}


def test_a_project_may_say_itself_who_it_is(connected: Any, serve_wsgi: Callable[..., Any]) -> None:
    name = "tests.sdk.frameworks.django_project.who"
    for person in (name, django_project.who):
        with (
            override_settings(TACTFUL=settings.TACTFUL | {"person": person}),
            serve_wsgi(get_wsgi_application()) as browser,
        ):
            browser.get("/in/")
            assert browser.get("/pay/").text == "asked"
    assert [call["person"] for call in connected.calls] == [{"id": "user:1", "staff": False}] * 2


WHO = {
    "a coroutine function": django_project.who_async,
    "its path": "tests.sdk.frameworks.django_project.who_async",
    "an object": django_project.Who(),
}


@pytest.mark.parametrize("person", WHO.values(), ids=WHO)
def test_who_it_is_may_be_told_by_a_coroutine_function_in_sync_and_async_views(
    connected: Any, serve_asgi: Callable[..., Any], serve_wsgi: Callable[..., Any], person: Any
) -> None:
    with override_settings(TACTFUL=settings.TACTFUL | {"person": person}):
        assert _problems() == []
        with serve_wsgi(get_wsgi_application()) as browser:
            browser.get("/in/")
            assert browser.get("/pay/").text == "asked"
        with serve_asgi(get_asgi_application()) as browser:
            browser.get("/in/")
            assert [browser.get(page).text for page in ("/pay/", "/pay/async/")] == ["asked", "asked"]
            browser.get("/end/")
    assert [call["person"] for call in connected.calls] == [{"id": "user:1", "staff": False}] * 3


def test_a_server_makes_the_client_that_its_views_most_likely_use(connected: Any) -> None:
    for load, kind in ((get_wsgi_application, Tactful), (get_asgi_application, AsyncTactful)):
        with override_settings(TACTFUL=settings.TACTFUL | {"refresh": 30.0}):  # clients of its own
            before = living()
            load()
            assert [type(client) for client in living() if client not in before] == [kind]


def test_without_locale_middleware_the_browsers_language_counts(connected: Any, serve_wsgi: Callable[..., Any]) -> None:
    fewer = [name for name in django_project.MIDDLEWARE if "Locale" not in name]
    with override_settings(MIDDLEWARE=fewer), serve_wsgi(get_wsgi_application()) as browser:
        browser.get("/in/")
        browser.get("/pay/")
    assert connected.calls[0]["locale"] == "zh-CN"


def test_a_test_may_put_a_fake_in_the_clients_place(sdk: FakeTactful, serve_wsgi: Callable[..., Any]) -> None:
    from tactful.django import client, use  # noqa: PLC0415 - needs the settings

    with serve_wsgi(get_wsgi_application()) as browser:
        with use(sdk):
            browser.get("/in/")
            assert browser.get("/pay/").text == "asked"
        assert client() is not sdk
        assert browser.get("/pay/").text == "off"
    assert [call.person for call in sdk.calls] == ["1"]


def _problems(**changes: Any) -> list[tuple[str, str]]:
    with override_settings(**changes):
        return [
            (str(problem.id), str(problem.msg)) for problem in run_checks() if str(problem.id).startswith("tactful")
        ]


GOOD = {"url": "https://survey.example", "key": "sk_very_secret"}


@pytest.mark.parametrize(
    ("setting", "problem", "about"),
    [
        (None, "tactful.E001", "not set"),
        ({}, "tactful.E001", "'url'"),
        (GOOD | {"key": "pk_very_secret"}, "tactful.E001", "server key"),
        (GOOD | {"timeout": "fast"}, "tactful.E001", "timeout must be a number"),
        (GOOD | {"time_out": 3}, "tactful.E002", "'time_out' (did you mean 'timeout'?)"),
        (GOOD | {"person": "nowhere.who"}, "tactful.E003", "nowhere"),
        (GOOD | {"person": 5}, "tactful.E003", "int"),
    ],
)
def test_a_check_says_what_is_wrong_without_the_key(setting: Any, problem: str, about: str) -> None:
    ((found, message),) = _problems(TACTFUL=setting)
    assert found == problem
    assert about in message
    assert "very_secret" not in message


def test_a_check_says_that_the_middleware_is_missing_and_else_nothing() -> None:
    assert _problems(TACTFUL=GOOD) == []
    assert [problem for problem, _ in _problems(TACTFUL=GOOD, MIDDLEWARE=[])] == ["tactful.W001"]
