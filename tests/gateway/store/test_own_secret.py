"""The secret beside a file: made in silence at the first start, and never again without a warning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

LOST = "secret_missing"


def test_only_a_file_with_a_past_is_warned_of_that_lost_its_secret(
    running_gateway: Callable[..., Any], tmp_path: Path
) -> None:
    database, secret = tmp_path / "tactful.db", tmp_path / "tactful.db.secret"

    def start() -> tuple[str, list[str]]:
        with capture_logs() as lines:
            running_gateway(db=f"sqlite:///{database}").stop()
        return secret.read_text(), [line["remedy"] for line in lines if line["event"] == LOST]

    first, said = start()
    assert said == []
    assert start() == (first, [])
    secret.unlink()
    second, (remedy,) = start()
    assert second != first
    assert f"put the old one back as {secret}" in remedy
    assert start() == (second, [])
