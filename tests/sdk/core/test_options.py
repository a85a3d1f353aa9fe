"""Options are the one thing the SDK refuses loudly, and never with the key's text in the message."""

from __future__ import annotations

from typing import Any

import pytest

from tactful import AsyncTactful, Tactful


@pytest.mark.parametrize("kind", [Tactful, AsyncTactful])
@pytest.mark.parametrize(
    ("url", "options", "about"),
    [
        ("survey.example.com", {}, "url"),
        ("ftp://survey.example.com", {}, "url"),
        ("https://", {}, "url"),
        ("https://user:word@survey.example.com", {}, "url"),
        ("https://survey.example.com?x=1", {}, "url"),
        ("https://survey.example.com:99999", {}, "Port|port"),
        (None, {}, "url"),
        ("https://a.test", {"key": ""}, "key"),
        ("https://a.test", {"key": "pk_page-secret"}, "pk_"),
        ("https://a.test", {"key": "ak_admin-secret"}, "ak_"),
        ("https://a.test", {"key": "sk_a\r\nx-secret: 1"}, "key"),
        ("https://a.test", {"key": None}, "key"),
        ("https://a.test", {"timeout": 0}, "timeout"),
        ("https://a.test", {"timeout": "1"}, "timeout"),
        ("https://a.test", {"timeout": True}, "timeout"),
        ("https://a.test", {"refresh": float("nan")}, "refresh"),
        ("https://a.test", {"report_every": -1}, "report_every"),
        ("https://a.test", {"queue_size": -1}, "queue_size"),
        ("https://a.test", {"queue_size": 1.5}, "queue_size"),
    ],
)
def test_an_option_that_cannot_work_is_refused_at_construction(
    kind: Any, url: Any, options: dict[str, Any], about: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=about) as refused:
        kind(url, **({"key": "sk_test", "cache_dir": None} | options))
    assert "secret" not in str(refused.value)


def test_a_disabled_client_needs_neither_url_nor_key() -> None:
    assert Tactful("", key="", enabled=False).touchpoint("payment", "u-1").reason == "off"
