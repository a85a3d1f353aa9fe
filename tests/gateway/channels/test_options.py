"""Options: every problem in one go, each naming its key and what to do, none quoting a value."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tactful_gateway.channels.registry import KINDS, ChannelOptionsError, build, check_options, options_by_kind
from tactful_gateway.clock import SystemClock
from tactful_gateway.survey import read_texts
from tactful_rules.model.folder import ChannelConfig
from tactful_rules.source import json_schema

SMTP = "smtps://shop%40example.com:hunter2@mail.example.com"
API = "https://api.example.com/send"
GOOD: list[tuple[str, dict[str, Any]]] = [
    ("widget", {}),
    ("app", {}),
    ("email", {"url": SMTP, "from": "shop@example.com"}),
    ("email", {"url": "smtp://mail:2525", "from": "The shop <shop@example.com>", "subject": "{{title}}"}),
    ("email", {"url": "${SMTP}", "from": "${FROM}", "text": "{{url}} {{ params.order.kind }}", "html": "<p>{{url}}"}),
    ("email", {"url": "smtps://${USER}:${PASSWORD}@mail.example.com", "from": "shop@example.com"}),
    ("http", {"url": API}),
    ("http", {"url": API + "/{{address}}?p={{person}}", "method": "GET"}),
    ("http", {"url": API, "headers": {"authorization": "Bearer ${T}"}, "json": {"to": ["{{address}}"], "n": 1}}),
    ("http", {"url": API, "method": "PUT", "body": "to={{address}}", "ok": [202, 409], "message_id": "/a~1b/0"}),
    ("http", {"url": "http://10.0.0.1/x", "allow_private": True}),
    ("http", {"url": "${URL}", "body": "${BODY}", "ok": ["${STATUS}"]}),
    ("apprise", {"url": "${SMS}"}),
    ("apprise", {"url": "twilio://sid:token@+15550100/{{address}}", "title": "{{title}}", "text": "{{url}}"}),
]
BAD: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("widget", {"url": "hunter2"}, [("url", "unknown_key")]),
    ("email", {}, [("url", "missing_key"), ("from", "missing_key")]),
    ("email", {"url": SMTP, "from": "a@example.com", "subjet": "hunter2"}, [("subjet", "unknown_key")]),
    ("email", {"url": "mail.example.com", "from": "a@example.com"}, [("url", "bad_value")]),
    ("email", {"url": "http://mail.example.com", "from": "a@example.com"}, [("url", "bad_value")]),
    ("email", {"url": "smtp://", "from": "a@example.com"}, [("url", "bad_value")]),
    ("email", {"url": "smtp://mail:hunter2", "from": "a@example.com"}, [("url", "bad_value")]),
    ("email", {"url": "smtp://user@mail", "from": "a@example.com"}, [("url", "bad_value")]),
    ("email", {"url": "smtp://user:hunter2/x@mail", "from": "a@example.com"}, [("url", "bad_value")]),
    ("email", {"url": "smtp://user:hunter2#x@mail", "from": "a@example.com"}, [("url", "bad_value")]),
    ("email", {"url": SMTP, "from": "hunter2"}, [("from", "bad_value")]),
    ("email", {"url": SMTP, "from": "a@example.com, b@example.com"}, [("from", "bad_value")]),
    ("email", {"url": SMTP, "from": "a@example.com\r\nBcc: b@example.com"}, [("from", "bad_value")]),
    (
        "email",
        {"url": SMTP, "from": 5, "text": "{{hunter2}}"},
        [("from", "wrong_type"), ("text", "unknown_placeholder")],
    ),
    (
        "email",
        {"url": SMTP, "from": "a@example.com", "text": " ", "html": ""},
        [("html", "bad_value"), ("text", "bad_value")],
    ),
    ("http", {}, [("url", "missing_key")]),
    ("http", {"url": "https://{{params.host}}/x"}, [("url", "bad_value")]),
    ("http", {"url": "https://api.example.com:{{params.port}}/x"}, [("url", "bad_value")]),
    ("http", {"url": "https://user:hunter2@api.example.com/x"}, [("url", "bad_value")]),
    ("http", {"url": "http://127.1/x"}, [("url", "private_address")]),
    ("http", {"url": "http://127.1/{{address}}"}, [("url", "private_address")]),
    ("http", {"url": API, "method": "DELETE"}, [("method", "wrong_type")]),
    ("http", {"url": API, "headers": {"Idempotency-Key": "hunter2"}}, [("headers.Idempotency-Key", "bad_value")]),
    ("http", {"url": API, "headers": {"a": "x\r\ny: hunter2"}}, [("headers.a", "bad_value")]),
    ("http", {"url": API, "headers": {"a": "{{hunter2}}"}}, [("headers.a", "unknown_placeholder")]),
    ("http", {"url": API, "json": {"a": [{"b": "{{adress}}"}]}}, [("json.a.0.b", "unknown_placeholder")]),
    ("http", {"url": API, "json": {}, "body": "x"}, [("body", "bad_value")]),
    ("http", {"url": API, "json": "hunter2"}, [("json", "wrong_type")]),
    ("http", {"url": API, "method": "GET", "body": "x"}, [("body", "bad_value")]),
    ("http", {"url": API, "ok": [200, 302]}, [("ok", "bad_value")]),
    ("http", {"url": API, "ok": [99]}, [("ok.[0]", "wrong_type")]),
    ("http", {"url": API, "message_id": "id"}, [("message_id", "bad_value")]),
    ("http", {"url": API, "message_id": "/a~2"}, [("message_id", "bad_value")]),
    ("apprise", {"url": "hunter2"}, [("url", "bad_value")]),
    ("apprise", {"url": "nosuchservice://hunter2"}, [("url", "bad_value")]),
    ("apprise", {"url": "json://x", "text": "{{params.}}"}, [("text", "unknown_placeholder")]),
    ("emial", {}, [("kind", "unknown_kind")]),
    ("hunter2", {}, [("kind", "unknown_kind")]),
]


@pytest.mark.parametrize(("kind", "options"), GOOD)
def test_good_options_have_no_problem(kind: str, options: Mapping[str, object]) -> None:
    assert check_options(kind, options) == []


@pytest.mark.parametrize(("kind", "options", "found"), BAD)
def test_bad_options_are_named_with_their_code(
    kind: str, options: Mapping[str, object], found: list[tuple[str, str]]
) -> None:
    problems = check_options(kind, options)
    assert sorted((problem.key, problem.code) for problem in problems) == sorted(found)
    assert all("hunter2" not in problem.message for problem in problems)


def test_a_near_miss_is_answered_with_a_suggestion() -> None:
    assert 'did you mean "email"?' in check_options("emial", {})[0].message
    (problem,) = check_options("http", {"url": API, "jsn": {}})
    assert 'did you mean "json"?' in problem.message
    (problem,) = check_options("apprise", {"url": "${U}", "text": "{{opt_out}}"})
    assert 'did you mean "opt_out_url"?' in problem.message


def test_a_folder_is_told_of_each_problem_at_its_place() -> None:
    text = (
        "channels:\n"
        "  mail: {kind: email, url: 'smtp://mail', from: nobody}\n"
        "  sms:\n    kind: http\n    url: https://api.example.com/\n"
        "    json: {a: ['{{url}}', '{{adress}}']}\n    verb: GET\n"
        "  odd: {kind: fax}\n"
        "  far: {kind: email, url: '${URL}', from: '${FROM}'}\n"
    )
    found = [(p.position.line, p.position.column, p.code) for p in read_texts({"a.yaml": text}).problems]
    assert found == [
        (2, 43, "bad_value"),
        (6, 27, "unknown_placeholder"),
        (7, 5, "unknown_key"),
        (8, 15, "unknown_kind"),
    ]


def test_building_refuses_what_checking_refuses_and_what_sends_nothing() -> None:
    with pytest.raises(ChannelOptionsError, match="channel mail: a channel of kind email needs `from`"):
        build(ChannelConfig("mail", "email", {"url": SMTP}), SystemClock())
    with pytest.raises(ChannelOptionsError, match="channel web: a channel of kind widget sends nothing"):
        build(ChannelConfig("web", "widget"), SystemClock())


def test_building_takes_texts_from_the_environment_for_numbers() -> None:
    options = {"url": "http://127.0.0.1/", "ok": ["202"], "allow_private": "true"}
    assert build(ChannelConfig("sms", "http", options), SystemClock())


def test_the_schema_of_editors_knows_the_options_of_each_kind_and_leaves_other_kinds_open() -> None:
    assert set(options_by_kind()) == {"widget", "app", *KINDS}
    validator = Draft202012Validator(json_schema(None, (), options_by_kind()))
    for kind, options in GOOD:
        assert validator.is_valid({"channels": {"x": {"kind": kind, **options}}})
    for wrong in (
        {"kind": "email", "url": "x"},
        {"kind": "http", "url": "x", "verb": "GET"},
        {"kind": "widget", "url": "x"},
    ):
        assert not validator.is_valid({"channels": {"x": wrong}})
    assert validator.is_valid({"channels": {"x": {"kind": "pigeon", "color": "grey"}}})


def test_a_kind_whose_library_is_missing_says_what_to_install_and_judges_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # as the system does where it is not installed
    found = check_options("apprise", {"url": "json://x", "text": "{{ulr}}"})
    assert [problem.code for problem in found] == ["missing_extra", "unknown_placeholder"]
    assert 'pip install "tactful[apprise]"' in found[0].message
