"""The last known good ruleset on disk: shared by processes, killed while writing, and a disk that is full."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.eventually import PATIENCE

WRITER = """
import sys
from pathlib import Path
from tactful.drive.disk import replace_file
path, letter = Path(sys.argv[1]), sys.argv[2]
content = (letter * 300_000).encode()
print("writes", flush=True)
while True:
    replace_file(path, content)
"""


def _writer(path: Path, letter: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path), letter], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_reader_sees_one_writers_file_whole_or_the_others_even_when_one_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "ruleset-1.json"
    writers = [_writer(path, letter) for letter in "ab"]
    try:
        while not path.exists():
            time.sleep(0.001)
        seen = set()
        for turn in range(400):
            content = path.read_bytes()
            assert len(content) == 300_000
            assert len(set(content)) == 1
            seen.add(content[:1])
            if turn % 100 == 99:  # in the middle of whatever it does
                writers[0].send_signal(signal.SIGKILL)
                writers[0].communicate()
                writers[0] = _writer(path, "a")
        assert seen == {b"a", b"b"}
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()


def test_processes_that_share_a_folder_all_follow_and_leave_one_whole_file(
    run_program: Callable[..., str], little_gateway: Any, tmp_path: Path
) -> None:
    little_gateway.publish("payment", refresh=0)
    (tmp_path / "follow.py").write_text(
        """
import sys, time, tactful
sdk = tactful.Tactful(sys.argv[1], key="sk_test", cache_dir="cache", refresh=0.02, timeout=5)
end = time.monotonic() + 50
while sdk.status().version != "v9" and time.monotonic() < end:
    time.sleep(0.005)
print(sdk.status().version, sdk.status().last_error)
"""
    )
    command = [sys.executable, "follow.py", little_gateway.url]
    processes = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for number in range(2, 10):
        time.sleep(0.1)
        little_gateway.publish("payment", refresh=0, version=f"v{number}")
    assert [process.communicate(timeout=PATIENCE)[0].strip() for process in processes] == ["v9 None"] * 3
    (kept,) = (tmp_path / "cache").iterdir()
    assert json.loads(kept.read_bytes())["ruleset"]["version"] == "v9"
    little_gateway.on_look = little_gateway.refuse(402)
    out = run_program(
        """
import sys, tactful
sdk = tactful.Tactful(sys.argv[1], key="sk_test", cache_dir="cache", timeout=5)
print(sdk.status().version, sdk.touchpoint("nowhere", "u-1").reason)
""",
        little_gateway.url,
    )
    assert out.splitlines()[0] == "v9 unknown_touchpoint"


def test_a_full_disk_leaves_the_file_that_was_there_and_no_draft(
    run_program: Callable[..., str], little_gateway: Any, tmp_path: Path
) -> None:
    little_gateway.publish("payment")
    start = """
import logging, resource, signal, sys, time, tactful
logging.basicConfig(format="%(levelname)s %(message)s")
sdk = tactful.Tactful(sys.argv[1], key="sk_test", cache_dir="cache", timeout=5)
end = time.monotonic() + 50
"""
    run_program(
        start + "while not list(__import__('pathlib').Path('cache').glob('*')): time.sleep(0.01)", little_gateway.url
    )
    little_gateway.publish("payment", version="v2")
    out = run_program(
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n"
        + start
        + """
while sdk.status().version != "v2":
    assert time.monotonic() < end
    time.sleep(0.01)
time.sleep(0.2)
print(sdk.touchpoint("payment", "u-1").reason)
""",
        little_gateway.url,
    )
    assert "asked" in out
    assert out.count("cannot be kept") == 1
    (kept,) = (tmp_path / "cache").iterdir()
    assert json.loads(kept.read_bytes())["ruleset"]["version"] == "v1"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.stat().st_uid == os.getuid()
