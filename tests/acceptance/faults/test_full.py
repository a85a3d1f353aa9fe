"""A small disk that fills up by itself, as the kernel tells it: what is refused meanwhile, and what is not lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.faults.stage import staged

SIZE = 100 * 2**20
"""More than the 64 MiB that must be free for a gateway to call itself ready."""
HARDLY = 16 * 2**10
"""Bytes that are left when the disk is full but for them."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of its own in memory, where this machine lets us."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=False)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a disk; test_disk.py fills one that is none")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_others_filled_is_written_to_again_once_they_give_some_back(
    small_disk: Path, tmp_path: Path
) -> None:
    file, ballast = small_disk / "tactful.db", small_disk / "ballast"
    with staged(tmp_path, f"sqlite:///{file}", file, {}) as stage:
        for _ in range(2):
            stage.crowd.wait_for(16)
            with ballast.open("wb", buffering=0) as opened:
                try:
                    while opened.write(b"x" * HARDLY) == HARDLY:
                        pass
                except OSError:
                    pass  # it is full
            assert "free some space" in stage.sees("disk_full")
            assert stage.refuses() == "store_unavailable"
            ballast.unlink()
            stage.recovers()
        stage.judge()
