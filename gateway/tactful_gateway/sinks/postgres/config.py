"""The options of a `postgres` sink; the URL holds a password and is never quoted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from tactful_gateway.outgoing.options import OptionProblem

_TABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,62}")


class PostgresConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Which database and table. `timeout` is in seconds for a whole batch."""

    url: str
    table: str = "tactful_events"
    timeout: Annotated[float, Meta(gt=0, le=30)] = 10.0

    @property
    def quoted_table(self) -> str:
        """The table's name as SQL has it, its schema included."""
        return ".".join(f'"{part}"' for part in self.table.split("."))


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find a URL that names no PostgreSQL server, and a table that is no plain name."""
    problems = []
    url, table = values.get("url"), values.get("table")
    if url is not None and not _is_url(url):
        message = "`url` is such as postgresql://user:password@host:5432/database?sslmode=verify-full"
        problems.append(OptionProblem("url", "bad_value", message))
    if table is not None and not _TABLE.fullmatch(table):
        message = "`table` is a name of letters, digits and underscores, with or without its schema: analytics.answers"
        problems.append(OptionProblem("table", "bad_value", message))
    return problems


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"postgresql", "postgres"} and port != 0 and "\0" not in url
