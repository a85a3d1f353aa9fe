"""The WSGI middleware under a real server: Flask's own request, streams, and bodies handed on as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.util import FileWrapper

import flask

from tactful.context import CARRIED
from tactful.testing import FakeTactful
from tactful.wsgi import TactfulMiddleware
from tests.sdk.frameworks.conftest import known


def test_a_flask_view_knows_the_request_and_the_session(sdk: FakeTactful, serve_wsgi: Callable[..., Any]) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "a secret for a test"
    app.wsgi_app = TactfulMiddleware(app.wsgi_app, person=lambda environ: flask.session.get("user"))  # type: ignore[method-assign]

    @app.post("/in/<user>")
    def sign_in(user: str) -> str:
        flask.session["user"] = user
        return sdk.touchpoint("payment").reason

    @app.get("/pay")
    def pay() -> str:
        return sdk.touchpoint("payment").reason

    with serve_wsgi(app) as browser:
        assert browser.get("/pay").text == "unavailable"
        assert browser.post("/in/u-1").text == "asked"
        assert browser.get("/pay?card=secret").text == "asked"
        url = str(browser.base_url).rstrip("/")
    assert [call["person"] for call in sdk.touchpoints] == ["u-1", "u-1"]
    assert known(sdk.touchpoints[1], "/pay", url)


def test_a_body_made_later_is_made_within_the_request_and_cleaned_up(
    sdk: FakeTactful, serve_wsgi: Callable[..., Any]
) -> None:
    closed: list[object] = []

    def parts() -> Iterator[bytes]:
        try:
            yield b"a"
            yield sdk.touchpoint("payment").reason.encode()
        finally:
            closed.append(CARRIED.get())

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("content-type", "text/plain")])
        return parts()

    with serve_wsgi(TactfulMiddleware(app, person=lambda environ: environ["HTTP_X_USER"])) as browser:
        assert browser.get("/", headers={"x-user": "u-1"}).text == "aasked"
    assert sdk.touchpoints[0]["person"] == "u-1"
    assert len(closed) == 1
    assert closed[0] is not None
    assert CARRIED.get() is None


def test_a_client_that_goes_away_lets_the_application_clean_up() -> None:
    closed: list[bool] = []

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"a", b"b"])

        def close(self) -> None:
            closed.append(CARRIED.get() is not None)

    body: Any = TactfulMiddleware(lambda environ, start: Body())({}, lambda *_: None)
    assert next(iter(body)) == b"a"
    body.close()
    assert closed == [True]


def test_lists_and_files_are_handed_on_as_they_are(tmp_path: Any) -> None:
    (tmp_path / "file").write_bytes(b"file")
    with (tmp_path / "file").open("rb") as file:
        for body in ([b"a"], (b"a",), FileWrapper(file)):
            environ = {"wsgi.file_wrapper": FileWrapper}
            assert TactfulMiddleware(lambda environ, start, body=body: body)(environ, lambda *_: None) is body


def test_a_path_that_is_no_ascii_is_read_as_utf_8(sdk: FakeTactful, serve_wsgi: Callable[..., Any]) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        sdk.touchpoint("payment", "u-1")
        start_response("200 OK", [])
        return [b""]

    with serve_wsgi(TactfulMiddleware(app)) as browser:
        browser.get("/%E8%8F%9C%E5%8D%95/%FF")
    assert sdk.touchpoints[0]["page"]["path"] == "/菜单/\ufffd"
