"""What strangers send: it ends as problem details with a stable code, never as a crash, and nobody else notices."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.eventually import PATIENCE
from tests.stopwatch import Stopwatch

PATH = "/v1/touchpoints"


def send(api: Any, content: bytes) -> Any:
    return api.post(PATH, headers=api.sk, content=content)


def raw(api: Any, request: bytes, *, patience: float = PATIENCE) -> bytes:
    """Send bytes over a socket and read what comes back until the gateway closes or says nothing more."""
    host, _, port = api.gateway.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=patience) as connection:
        connection.sendall(request)
        received = b""
        try:
            while chunk := connection.recv(65_536):
                received += chunk
                if b"}" in chunk:
                    break
        except TimeoutError:
            pass
        return received


def _answer(connection: socket.socket) -> bytes:
    received = b""
    while b"}" not in received:
        received += connection.recv(65_536) or b"} closed"
    return received


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"touchpoint": "payment",}',
        b'{"touchpoint": NaN}',
        b'{"touchpoint": "\xff\xfe"}',
        b'{"touchpoint": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b'{"touchpoint": "payment"} more',
        b"\x00",
    ],
)
def test_what_is_no_json_is_bad_json(api: Any, body: bytes) -> None:
    response = send(api, body)
    assert (response.status_code, response.json()["code"]) == (400, "bad_json")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"text"', b"[" * 16 + b"]" * 16])
def test_json_that_is_no_object_is_invalid(api: Any, body: bytes) -> None:
    assert send(api, body).json()["problems"][0]["code"] == "wrong_type"


@pytest.mark.parametrize("opening", [b"[", b'{"params":', b'{"touchpoint":"payment","person":"u","params":{"a":'])
def test_bottomless_nesting_is_refused(api: Any, opening: bytes) -> None:
    for depth in (20, 900, 5_000):
        response = send(
            api, opening + b"[" * depth + b"]" * depth + (b"}" * opening.count(b"{")) + b"]" * (opening == b"[")
        )
        assert (response.status_code, response.json()["code"]) == (422, "too_deep")


def test_all_problems_come_at_once_with_paths_and_suggestions(api: Any) -> None:
    body = {"touchpoin": "payment", "person": 7, "params": [], "page": {"url": 5}, "event_id": ""}
    problems = {it["path"]: it for it in send(api, json.dumps(body).encode()).json()["problems"]}
    assert set(problems) == {"touchpoin", "touchpoint", "person", "params", "page.url", "event_id"}
    assert "`touchpoint`" in problems["touchpoin"]["message"]
    assert problems["touchpoin"]["code"] == "unknown_key"
    assert problems["touchpoint"]["code"] == "missing"


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30, int("1" * 4000)])
def test_a_number_beyond_64_bits_is_refused_before_the_store_sees_it(api: Any, number: int) -> None:
    body = b'{"touchpoint": "payment", "person": {"id": "u", "visits": [%s]}}' % str(number).encode()
    response = send(api, body)
    assert response.status_code in (400, 422)
    assert response.json()["code"] in ("invalid_request", "bad_json")


def test_of_many_unknown_keys_the_first_ten_get_a_suggestion(api: Any) -> None:
    body = {"touchpoint": "payment", "person": "p", **{f"params{number}": 1 for number in range(30)}}
    problems = send(api, json.dumps(body).encode()).json()["problems"]
    assert [problem["code"] for problem in problems] == ["unknown_key"] * 30
    assert sum("Did you mean `params`?" in problem["message"] for problem in problems) == 10


def test_the_largest_number_that_fits_is_kept(api: Any) -> None:
    body = b'{"touchpoint": "payment", "person": {"id": "%s", "n": 9223372036854775807}}' % api.person.encode()
    assert send(api, body).json()["reason"] == "asked"


@pytest.mark.parametrize("person", ["", "a\x00b", "line\nbreak", "x" * 257, {"id": ""}, {"id": 7}, {}, None])
def test_a_person_that_nobody_can_be_is_refused(api: Any, person: Any) -> None:
    response = send(api, json.dumps({"touchpoint": "payment", "person": person}).encode())
    assert (response.status_code, response.json()["problems"][0]["path"]) == (422, "person")


@pytest.mark.parametrize("person", ["张三", "a/b?c#d", "' OR 1=1 --", "u" * 256, "🦊"])
def test_an_unusual_person_is_a_person(api: Any, person: str) -> None:
    assert send(api, json.dumps({"touchpoint": "nowhere", "person": person}).encode()).status_code == 200


def test_zero_characters_in_answers_and_traits_harm_nothing(api: Any) -> None:
    path = api.invite(params={"store": "\x00"})
    answers = {"score": 1, "why": "a\x00b"}
    assert api.post(f"{path}/response", json={"answers": answers, "complete": True}).status_code in (202, 422)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(), st.lists))
def test_any_value_for_any_key_is_answered_without_a_failure(api: Any, value: Any) -> None:
    keys = ("touchpoint", "person", "params", "reach", "page", "device", "locale", "timezone", "event_id")
    for key in keys:
        body = {"touchpoint": "payment", "person": "nobody", key: value}
        try:
            text = json.dumps(body).encode()
        except (UnicodeEncodeError, ValueError):
            continue
        assert send(api, text).status_code in (200, 400, 422)


def test_a_body_of_one_mebibyte_is_too_large(api: Any) -> None:
    response = send(api, b" " * 2**20)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_the_connection_that_sent_too_much_stays_usable(api: Any) -> None:
    key, body = api.sk["authorization"].encode(), b" " * 2**20
    head = b"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\nauthorization: %s\r\ncontent-length: %d\r\n\r\n"
    host, _, port = api.gateway.url.removeprefix("http://").partition(":")
    for _ in range(20):  # a connection closed with unread bytes is reset, and the answer is lost more often than not
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
            connection.sendall(head % (key, len(body)) + body)
            assert b" 413 " in _answer(connection).splitlines()[0]
            connection.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            assert b" 200 " in _answer(connection).splitlines()[0]


def test_a_body_that_never_ends_is_not_read_for_ever(api: Any) -> None:
    head = b"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    host, _, port = api.gateway.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection, pytest.raises(ConnectionError):
        connection.sendall(head + chunk * 1000)


def test_64_kib_is_taken_and_one_byte_more_is_not(api: Any) -> None:
    body = b'{"touchpoint": "nowhere", "person": "u"}'
    assert send(api, body + b" " * (65_536 - len(body))).status_code == 200
    assert send(api, body + b" " * (65_537 - len(body))).status_code == 413


def test_a_body_that_does_not_say_how_long_it_is_is_counted(api: Any) -> None:
    response = api.post(PATH, headers=api.sk, content=iter([b" " * 16_384] * 64))
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("length", [b"10000000000000000000000000", b"99999999"])
def test_a_length_that_is_announced_too_large_is_refused_at_once(api: Any, length: bytes) -> None:
    request = b"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\ncontent-length: " + length + b"\r\n\r\n"
    answer = raw(api, request)
    assert b" 413 " in answer.splitlines()[0] or b" 400 " in answer.splitlines()[0]


def test_more_body_than_announced_is_not_read_as_part_of_it(api: Any) -> None:
    key = api.sk["authorization"].encode()
    body = b'{"touchpoint": "nowhere", "person": "u"}'
    head = b"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\nauthorization: %s\r\ncontent-length: %d\r\n\r\n" % (
        key,
        len(body),
    )
    # Hanging up on what it has not read yet may take the answer with it.
    with suppress(ConnectionError):
        assert raw(api, head + body + b" " * 100_000).splitlines()[0].split()[1] in (b"200", b"400")
    assert api.ask()["reason"] == "asked"


def test_a_body_that_trickles_in_is_given_up(running_gateway: Any, described_client: Any) -> None:
    with described_client(running_gateway(db="memory:", body_timeout=300)) as api:
        request = b"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{"
        with Stopwatch() as took:
            answer = raw(api, request)
        assert b" 408 " in answer.splitlines()[0]
        assert b"body_timeout" in answer
        assert took.seconds < 3


def test_a_client_that_hangs_up_in_the_middle_harms_nobody(api: Any) -> None:
    host, _, port = api.gateway.url.removeprefix("http://").partition(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{")
    assert api.ask()["reason"] == "asked"


def test_unknown_paths_and_methods_are_told_apart(api: Any) -> None:
    assert api.get("/v1/nothing").json()["code"] == "not_found"
    response = api.delete("/v1/touchpoints")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["allow"] == "POST"
    for path in ("/v1/ruleset", "/i/t/opt-out", "/v1/invitations/t/response"):
        methods = {method.upper() for method in api.document["paths"][path.replace("/t", "/{token}")]}
        allowed = set(api.request("PATCH", path).headers["allow"].split(", ")) - {"HEAD"}
        assert allowed == methods, path


def test_headers_of_any_bytes_are_read_without_a_failure(api: Any) -> None:
    request = (
        b"GET /v1/ruleset HTTP/1.1\r\nhost: x\r\nauthorization: Bearer \xff\xfe\xe4\r\nif-none-match: \xff\r\n"
        b"x-tactful-identity: \xff\r\norigin: \xff\r\n\r\n"
    )
    assert b" 401 " in raw(api, request).splitlines()[0]
