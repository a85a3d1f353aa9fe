"""The file of refused rows: where it can't be written, and what an import leaves of it that did not end."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import eventually
from tests.gateway.cli_remote.conftest import TACTFUL, Run
from tests.gateway.importing.conftest import HEED_SIGINT

Received = Callable[[], list[dict[str, Any]]]
OPTIONS = ("--source", "s", "--touchpoint", "payment")


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Give a file of which the first 20 rows are bad, some kilobytes of them, and the next two good."""
    file = tmp_path / "import" / "reviews.csv"
    file.parent.mkdir()
    rows = [f"{row},u-{row},yesterday,{'x' * 500}" for row in range(20)]
    file.write_text(
        "\n".join(["id,person,at,comment", *rows, "20,u,2026-03-01,a", "21,u,2026-03-01,b"]), encoding="utf-8"
    )
    return file


def refused(file: Path) -> list[int]:
    with file.open(encoding="utf-8", newline="") as opened:
        return [int(row["id"]) for row in csv.DictReader(opened)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("there", ["a folder", "no folder", "a folder of the partial", "a file for a folder"])
def test_nothing_is_sent_where_refused_rows_can_not_be_kept(
    run: Run, received: Received, reviews: Path, there: str
) -> None:
    folder = reviews.parent
    options: tuple[object, ...] = ()
    if there == "a folder":
        (folder / "reviews.rejects.csv").mkdir()
    elif there == "a folder of the partial":
        (folder / "reviews.rejects.csv.partial").mkdir()
    else:
        options = ("--rejects", folder / "nowhere" / "it.csv" if there == "no folder" else reviews / "it.csv")
    before = names(folder)
    done = run(reviews, *OPTIONS, *options)
    assert (done.returncode, received(), names(folder)) == (1, [], before)
    assert "so nothing was sent; give --rejects a file that can be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_disk_that_fills_up_ends_an_import_in_words_and_the_next_one_goes_on(
    run: Run, received: Received, gateway: Any, reviews: Path
) -> None:
    reviews.write_text(reviews.read_text().replace("yesterday", "2999-03-01"))  # which the gateway refuses, not we
    hint = "what was acknowledged stays. Make room, or give --rejects another file, and run the same again"
    done = run(reviews, *OPTIONS, "--rejects", "/dev/full")
    assert (done.returncode, "No space left" in done.stderr, hint in done.stderr) == (1, True, True), done.stderr
    environ = {**os.environ, "TACTFUL_GATEWAY": gateway.url, "TACTFUL_KEY": gateway.keys["sk"]}
    full = ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh", str(TACTFUL), "import", str(reviews), *OPTIONS]
    ended = subprocess.run(full, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "File too large" in ended.stderr, hint in ended.stderr) == (1, True, True), ended.stderr
    assert "Traceback" not in done.stderr + ended.stderr
    assert run(reviews, *OPTIONS).stdout.replace("\n", "").startswith("0 taken, 2 known already, 20 refused")
    assert refused(reviews.with_name("reviews.rejects.csv")) == list(range(20))
    assert names(reviews.parent) == ["reviews.csv", "reviews.rejects.csv"]
    assert len(received()) == 2


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGKILL])
def test_an_import_that_did_not_end_leaves_a_partial_file_that_the_next_one_begins_anew(
    run: Run, received: Received, gateway: Any, reviews: Path, ended_by: signal.Signals
) -> None:
    partial = reviews.with_name("reviews.rejects.csv.partial")
    away = {**os.environ, "TACTFUL_GATEWAY": "http://127.0.0.1:1", "TACTFUL_KEY": gateway.keys["sk"]}
    command = [*HEED_SIGINT, str(TACTFUL), "import", str(reviews), *OPTIONS]
    first = subprocess.Popen(command, env=away, stderr=subprocess.PIPE, text=True)
    eventually(lambda: partial.exists() and partial.stat().st_size)
    second = run(reviews, *OPTIONS)
    assert (second.returncode, received()) == (1, [])
    assert f"{partial} is being written: that file is being imported already" in second.stderr
    first.send_signal(ended_by)
    said = first.communicate(timeout=60)[1]
    if ended_by == signal.SIGINT:
        assert first.returncode == 130
        told = "interrupted; so far 0 taken, 0 known already, 20 refused; run the same again to go on"
        assert f"{told}. It begins {partial}, where the refused ones are, anew" in said
        assert refused(partial) == list(range(20))
    assert names(reviews.parent) == ["reviews.csv", "reviews.rejects.csv.partial"]
    third = run(reviews, *OPTIONS)
    assert f"what it left, {partial}, is begun anew" in third.stderr
    assert third.stdout.replace("\n", "").startswith("2 taken, 0 known already, 20 refused")
    assert refused(reviews.with_name("reviews.rejects.csv")) == list(range(20))
    assert names(reviews.parent) == ["reviews.csv", "reviews.rejects.csv"]
