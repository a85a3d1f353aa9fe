"""The request of a message: each value escaped for where it stands."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tactful_gateway.channels.base import Message
from tactful_gateway.channels.http.config import HttpConfig
from tactful_gateway.channels.http.request import Request, make_request
from tactful_gateway.outgoing.errors import PermanentError
from tactful_gateway.words.messages import message_words
from tests.gateway.channels.samples import MESSAGE

API = "https://api.example.com/send"
TRICKS = ['"},"admin":true,{"', "a&to=eve", "x\r\nx-evil: 1", "../..", "</to><to>", "{{url}}", "%2e"]
NASTY = st.text() | st.sampled_from(TRICKS)


def request(message: Message = MESSAGE, **options: Any) -> Request:
    return make_request(HttpConfig(**{"url": API, **options}), message)


def test_without_templates_the_json_has_all_that_a_small_receiver_needs() -> None:
    made = request(replace(MESSAGE, locale="de"))
    words = message_words("de")[1]
    body = msgspec.json.decode(made.body)
    assert made.headers["content-type"] == "application/json"
    assert list(body) == ["to", "title", "text", "url", "opt_out_url"]
    assert (body["to"], body["title"], body["url"]) == (MESSAGE.address, MESSAGE.title, MESSAGE.url)
    assert words.lead in body["text"]
    assert body["text"].endswith(f"{words.opt_out}: {MESSAGE.opt_out_url}")
    assert msgspec.json.decode(request(replace(MESSAGE, reminder=1)).body)["title"] == "Reminder: How was it?"


def test_the_idempotency_key_is_the_messages_id() -> None:
    assert request().headers["idempotency-key"] == MESSAGE.id


def test_json_is_filled_in_deep_down_and_its_keys_and_other_values_stay() -> None:
    template = {"{{person}}": ["{{ person }}", {"kind": "<{{params.order.kind}}{{params.none}}>", "n": 1.5, "x": None}]}
    assert msgspec.json.decode(request(json=template).body) == {
        "{{person}}": ["u-1", {"kind": "<combo>", "n": 1.5, "x": None}]
    }


@given(NASTY)
def test_no_value_gets_out_of_a_json_string(value: str) -> None:
    message = replace(MESSAGE, person=value)
    for options in ({"json": {"to": "{{person}}"}}, {"body": ' {"to": "{{person}}"}'}):
        assert list(msgspec.json.decode(request(message, **options).body)) == ["to"]
    typed = {"body": '"{{person}}"', "headers": {"Content-Type": "application/vnd.api+json; charset=utf-8"}}
    assert isinstance(msgspec.json.decode(request(message, **typed).body), str)


@given(NASTY)
def test_no_value_gets_out_of_its_place_in_a_url(value: str) -> None:
    if value in {".", ".."}:
        return
    url = request(replace(MESSAGE, person=value), url=API + "/{{person}}/x?to={{person}}&b=1#{{person}}").url
    assert (url.scheme, url.host) == ("https", "api.example.com")
    parts = urlsplit(str(url))
    assert parts.path.count("/") == 3
    assert parts.path.startswith("/send/")
    assert parts.path.endswith("/x")
    query = parse_qs(parts.query, keep_blank_values=True)
    assert set(query) == {"to", "b"}
    assert unquote(parts.path[6:-2]) == query["to"][0]


@pytest.mark.parametrize("dots", [".", ".."])
def test_a_value_can_not_climb_up_the_path(dots: str) -> None:
    with pytest.raises(PermanentError, match="dots"):
        request(replace(MESSAGE, person=dots), url=API + "/{{person}}/x")


@given(NASTY)
def test_no_value_makes_a_header_of_its_own(value: str) -> None:
    made = request(replace(MESSAGE, person=value), headers={"X-To": "a {{person}} b"})
    assert set(made.headers) == {"content-type", "x-to", "idempotency-key"}
    assert not set(made.headers["x-to"]) & set("\r\n\0")


def test_a_form_is_encoded_and_markup_escaped_and_plain_text_left_alone() -> None:
    message = replace(MESSAGE, title="a&b=<c> é")
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert request(message, body="t={{title}}", headers=form).body == b"t=a%26b%3D%3Cc%3E%20%C3%A9"
    xml = {"content-type": "application/soap+xml; charset=utf-8"}
    assert request(message, body="<t>{{title}}</t>", headers=xml).body == "<t>a&amp;b=&lt;c&gt; é</t>".encode()
    plain = request(message, body="{{title}}")
    assert (plain.body, plain.headers["content-type"]) == ("a&b=<c> é".encode(), "text/plain; charset=utf-8")


def test_a_get_has_no_body() -> None:
    made = request(method="GET", url=API + "?to={{address}}")
    assert (made.method, made.body, str(made.url)) == ("GET", b"", API + "?to=ann%40example.com")
    assert "content-type" not in made.headers


def test_a_url_that_gets_too_long_fails_for_good_without_saying_what_was_in_it() -> None:
    url = API + "?comment={{params.comment}}"
    assert len(str(request(replace(MESSAGE, params={"comment": "é" * 10_000}), url=url).url)) > 60_000
    with pytest.raises(PermanentError, match=r"`url` is too long") as refused:
        request(replace(MESSAGE, params={"comment": "é" * 11_000}), url=url)
    assert "%C3" not in str(refused.value)
