"""What is read from a browser's headers, against Werkzeug's reading of the same, and against hostile ones."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from tactful.headers import MAX_AGENT, MAX_HEADER, best_language, known_from, trim

TAGS = st.sampled_from(["de", "en", "zh-CN", "zh-Hant-TW", "pt-BR", "*", "x"])
QUALITIES = st.sampled_from(["", ";q=1", ";q=0.9", "; q=0.5", ";q=0.501", ";q=0", ";Q=0.3"])
HEADERS = st.lists(st.tuples(TAGS, QUALITIES), max_size=8).map(lambda parts: ", ".join(a + b for a, b in parts))


@given(HEADERS)
def test_the_language_is_the_one_that_an_independent_reader_weighs_most(header: str) -> None:
    weighed = [(tag, weight) for tag, weight in parse_accept_header(header, LanguageAccept) if tag != "*" and weight]
    most = max((weight for _, weight in weighed), default=0)
    wanted = [tag for tag, weight in weighed if weight == most]
    found = best_language(header)
    assert found in wanted if wanted else found is None


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en;q=0.8, de", "de"),
        ("*", None),
        ("", None),
        (None, None),
        ("de;q=0", None),
        ("<script>, de", "de"),
        ("de;q=7, en;q=0.1", "en"),
        ("de_DE", None),
        ("fr;level=1, en", "en"),
        ("zh-Hant-TW-u-nu-latn, en;q=0.5", "zh-Hant-TW"),
        ("sl-Latn-IT-nedis-x-a-b;q=0.9, en;q=0.5", "sl-Latn-IT-nedis"),
        ("de-x-a-b-c, en;q=0.5", "de"),
        ("de-DE-1996-, en;q=0.5", "en"),
    ],
)
def test_a_language_is_read(header: str | None, language: str | None) -> None:
    assert best_language(header) == language


def test_a_hostile_header_costs_next_to_nothing() -> None:
    start = time.thread_time()
    for header in ("a-" * 500_000, "en;q=" + "0" * 1_000_000, "," * 1_000_000, "a," * 500_000, " \t;" * 300_000):
        best_language(header)
    assert time.thread_time() - start < 0.5


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_whatever_a_browser_sends_fits_into_a_call(
    url: str, path: str, referrer: str, languages: str, agent: str
) -> None:
    known = known_from(url=url, path=path, referrer=referrer, languages=languages, agent=agent)
    assert len(msgspec.json.encode(known)) < 64 * 1024
    assert set(known) <= {"page", "locale", "device"}


def test_lone_surrogates_and_huge_values_are_made_fit() -> None:
    known = known_from(url="http://x/\udcff", path="p" * 9_000, referrer=None, languages=None, agent="a" * 9_000)
    assert known == {
        "page": {"url": "http://x/?".removesuffix("?"), "path": "p" * MAX_HEADER},
        "device": {"user_agent": "a" * MAX_AGENT},
    }
    assert known_from(url=None, path=None, referrer=None, languages=None, agent=None) == {}


def test_queries_and_fragments_stay_in_the_app() -> None:
    assert trim("https://shop.example/pay?token=secret#step") == "https://shop.example/pay"
    assert trim("https://shop.example/#token=secret") == "https://shop.example/"
    assert trim("?") is None


@pytest.mark.parametrize(
    ("url", "left"),
    [
        ("https://ann:secret@shop.example/pay", "https://shop.example/pay"),
        ("https://secret@shop.example:8443", "https://shop.example:8443"),
        ("https://ann:se@cret@shop.example/@ann", "https://shop.example/@ann"),
        ("//ann:secret@shop.example/pay", "//shop.example/pay"),
        ("https://shop.example/@ann", "https://shop.example/@ann"),
        ("https://shop.example/mail/ann@shop.example", "https://shop.example/mail/ann@shop.example"),
        ("https://shop.example//ann@shop.example", "https://shop.example//ann@shop.example"),
        ("android-app://com.example@home/", "android-app://home/"),
        ("/@ann//x@y", "/@ann//x@y"),
    ],
)
def test_user_names_and_passwords_stay_in_the_app(url: str, left: str) -> None:
    assert trim(url) == left
    assert known_from(url=url, path=None, referrer=url, languages=None, agent=None) == {
        "page": {"url": left, "referrer": left}
    }
