"""The options of both clients, checked once at construction: the one place where the SDK raises into the app."""

from __future__ import annotations

import math
import os
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct


class Options(Struct, frozen=True, kw_only=True):
    """Checked options; the README says what each means. Durations are in seconds."""

    url: str
    key: str
    timeout: float = 0.3
    cache_dir: Path | None = None
    refresh: float = 15.0
    report_every: float = 10.0
    queue_size: int = 1000
    enabled: bool = True
    raise_errors: bool = False

    @property
    def gateway(self) -> str:
        """What log lines call the gateway: its address, or what stands in for one (RFC 6761: `.invalid` is nowhere)."""
        host = urlsplit(self.url).hostname or ""
        return f"the {host.removesuffix('.invalid')} gateway" if host.endswith(".invalid") else self.url


def check_options(
    url: str,
    *,
    key: str,
    timeout: float,
    cache_dir: str | os.PathLike[str] | None,
    refresh: float,
    report_every: float,
    queue_size: int,
    enabled: bool,
    raise_errors: bool,
) -> Options:
    """Give the options in checked form; raises `TypeError` or `ValueError` naming the option, never the key's text."""
    for name, seconds in (("timeout", timeout), ("refresh", refresh), ("report_every", report_every)):
        _check_seconds(name, seconds)
    if isinstance(queue_size, bool) or not isinstance(queue_size, int) or queue_size < 0:
        raise ValueError("queue_size must be a number of touchpoints, 0 or more")
    if enabled:
        _check_key(key)
        url = _check_url(url)
    return Options(
        url=url,
        key=key,
        timeout=float(timeout),
        cache_dir=None if cache_dir is None else Path(cache_dir),
        refresh=float(refresh),
        report_every=float(report_every),
        queue_size=queue_size,
        enabled=bool(enabled),
        raise_errors=bool(raise_errors),
    )


def _check_seconds(name: str, seconds: object) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}")
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError(f"{name} must be a finite number of seconds above 0")


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise TypeError(f"key must be a string, not {type(key).__name__}")
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("key must be the text of a server key (sk_...), without spaces or line ends")
    if key.startswith(("pk_", "ak_")):
        raise ValueError(f"key is a {key[:3]}... key; the SDK needs a server key (sk_...): `tactful keys create`")


def _check_url(url: object) -> str:
    if not isinstance(url, str):
        raise TypeError(f"url must be a string, not {type(url).__name__}")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("url must be the gateway's address, such as https://survey.example.com")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("url must be the gateway's address alone: no user, password, query or fragment")
    _ = parts.port  # raises ValueError on a port that is none
    return url.rstrip("/")
