"""What each status and each Retry-After means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.contracts.sink import NOW
from tactful_gateway.outgoing.answer import judge, read_retry_after
from tactful_gateway.outgoing.errors import GoneError, PermanentError, TransientError


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(status: int) -> None:
    judge(status, None, b"", NOW)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504, 599, 100])
def test_these_are_tried_again(status: int) -> None:
    with pytest.raises(TransientError):
        judge(status, None, b"", NOW)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 451, 499])
def test_other_4xx_are_refused_for_good_with_the_answer(status: int) -> None:
    with pytest.raises(PermanentError, match=f"HTTP {status}") as refused:
        judge(status, None, b"no \xff thanks", NOW)
    assert refused.value.answer == "no � thanks"


def test_410_closes_the_destination() -> None:
    with pytest.raises(GoneError, match="HTTP 410 Gone"):
        judge(410, None, b"", NOW)


def test_retry_after_is_seconds_or_a_date() -> None:
    assert read_retry_after("120", NOW) == 120_000
    assert read_retry_after(" 0 ", NOW) == 0
    assert read_retry_after("Sun, 22 Nov 2026 09:43:20 GMT", NOW) == 600_000
    assert read_retry_after("Sun, 22 Nov 2020 09:43:20 GMT", NOW) == 0


@pytest.mark.parametrize("text", [None, "", "soon", "-5", "1.5", "١٢", "Sun, 99 Nov 2026 09:43:20 GMT"])
def test_a_retry_after_that_is_neither_says_nothing(text: str | None) -> None:
    assert read_retry_after(text, NOW) is None


@given(st.text())
def test_reading_retry_after_never_raises_and_is_never_negative(text: str) -> None:
    wish = read_retry_after(text, NOW)
    assert wish is None or wish >= 0
