"""A disk that is full, read-only or failing: refused cleanly, said in words, and over by itself with its cause."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.faults.disk import Disk, Mode
from tests.acceptance.faults.stage import CHATTY, staged
from tests.preload import NEEDS_COMPILER

FAULTS: tuple[tuple[Mode, str, str], ...] = (
    ("ENOSPC", "disk_full", "free some space"),
    ("EDQUOT", "disk_full", "free some space"),
    ("EROFS", "read_only", "mount it for writing"),
    ("EIO", "disk_failing", "check it"),
)


@NEEDS_COMPILER
def test_a_disk_that_fails_for_a_while_loses_nothing_and_needs_no_restart(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "tactful.db"
    disk = Disk(file.parent, tmp_path)
    with staged(tmp_path, f"sqlite:///{file}", file, disk.environ) as stage:
        for mode, cause, remedy in FAULTS:
            stage.crowd.wait_for(16)
            said = len(stage.served.log)
            with disk.failing(mode):
                assert remedy in stage.sees(cause)
                before = stage.crowd.total
                assert stage.refuses() == "store_unavailable"
                assert stage.crowd.total - before <= 0
                assert len(stage.served.log) - said < CHATTY
            stage.recovers()
        books = stage.judge()
        assert books.reasons("touchpoint").keys() | books.reasons("response").keys() == {"store_unavailable"}
