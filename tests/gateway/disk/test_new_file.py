"""New files on disks with and without hard links and permissions: whole, only their owner's, and in nobody's place."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import preload
from tests.gateway.cli_remote.conftest import run_tactful

RACE = """
import os, sys
from pathlib import Path
from tactful_gateway.disk.new_file import new_file
try:
    with new_file(Path(sys.argv[1])) as draft:
        draft.write_text(str(os.getpid()) * 1000)
        print("written", flush=True)
        sys.stdin.readline()
except FileExistsError:
    sys.exit(3)
"""
CROWD = 6
Disk = Mapping[str, str]


@pytest.fixture(params=["linking", pytest.param("plain", marks=preload.NEEDS_COMPILER)])
def disk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Disk:
    """Give the environment of processes whose disks are such."""
    return {} if request.param == "linking" else _plain(tmp_path_factory)


@pytest.fixture
def plain_disk(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    """Give the environment of processes whose disks link nothing."""
    return _plain(tmp_path_factory)


@pytest.fixture
def open_disk(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    """Give the environment of processes whose disks keep no permissions."""
    return {**_plain(tmp_path_factory), "PLAIN_DISK": "open"}


def _plain(aside: pytest.TempPathFactory) -> Disk:
    return preload.build(Path(__file__).with_name("plain_disk.c"), aside.mktemp("library"))


def _write(path: Path, disk: Disk) -> subprocess.Popen[str]:
    """Have a process write a draft, which gets its name when it is told a line."""
    return subprocess.Popen(
        [sys.executable, "-c", RACE, str(path)],
        env={**os.environ, **disk},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _names(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir())


@preload.NEEDS_COMPILER
def test_a_plain_disk_links_nothing(plain_disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "it").touch()
    linking = "import os; os.link('it', 'other')"
    environ = {**os.environ, **plain_disk}
    done = subprocess.run([sys.executable, "-c", linking], cwd=tmp_path, env=environ, capture_output=True, check=False)
    assert b"PermissionError" in done.stderr


def test_of_many_who_write_one_file_at_once_one_does(disk: Disk, tmp_path: Path) -> None:
    path = tmp_path / "it"
    crowd = [_write(path, disk) for _ in range(CROWD)]
    for one in crowd:
        assert one.stdout is not None
        assert one.stdout.readline() == "written\n"
    assert not path.exists()
    for one in crowd:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    codes = [(one.communicate()[0], one.returncode)[1] for one in crowd]
    assert sorted(codes) == [0, *[3] * (CROWD - 1)]
    assert path.read_text() == str(crowd[codes.index(0)].pid) * 1000
    assert (_names(tmp_path), path.stat().st_mode & 0o777) == (["it"], 0o600)


@preload.NEEDS_COMPILER
def test_where_nothing_is_linked_one_at_a_time_looks_whether_the_name_is_free(plain_disk: Disk, tmp_path: Path) -> None:
    path = tmp_path / "it"
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with _write(path, plain_disk) as second:
        assert second.stdin is not None
        second.stdin.write("\n")
        second.stdin.flush()
        assert second.stdout is not None
        assert second.stdout.readline() == "written\n"
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(0.3)
        path.write_text("of the first one, who had looked")
        os.close(folder)
    assert (second.returncode, path.read_text()) == (3, "of the first one, who had looked")


def test_who_is_killed_while_writing_leaves_no_file_of_that_name(disk: Disk, tmp_path: Path) -> None:
    path = tmp_path / "it"
    with _write(path, disk) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "written\n"
        killed.kill()
    assert not path.exists()
    with _write(path, disk) as next_one:
        next_one.communicate("\n")
    assert (next_one.returncode, path.stat().st_nlink) == (0, 1)


def test_a_link_to_nowhere_is_nobody_s_to_follow(disk: Disk, tmp_path: Path) -> None:
    path = tmp_path / "it"
    path.symlink_to(tmp_path / "elsewhere")
    with _write(path, disk) as refused:
        refused.communicate("\n")
    assert (refused.returncode, _names(tmp_path), path.is_symlink()) == (3, ["it"], True)


def _database(folder: Path) -> Path:
    db = folder / "data" / "tactful.db"
    assert run_tactful("keys", "create", "--kind", "sk", "--db", f"sqlite:///{db}").returncode == 0
    secret = db.with_name("tactful.db.secret")
    secret.write_text("ab" * 32)
    secret.chmod(0o600)
    return db


@preload.NEEDS_COMPILER
def test_a_backup_goes_to_a_disk_without_links(plain_disk: Disk, tmp_path: Path) -> None:
    db, copy = _database(tmp_path), tmp_path / "copies" / "it.db"
    copy.parent.mkdir()
    done = run_tactful("backup", copy, "--db", f"sqlite:///{db}", **plain_disk)
    assert (done.returncode, done.stderr) == (0, "")
    assert {it.name: it.stat().st_mode & 0o777 for it in copy.parent.iterdir()} == {
        "it.db": 0o600,
        "it.db.secret": 0o600,
    }
    again = run_tactful("backup", copy, "--db", f"sqlite:///{db}", **plain_disk)
    assert (again.returncode, "something at" in again.stderr) == (1, True)


@preload.NEEDS_COMPILER
def test_no_backup_goes_where_others_could_read_it(open_disk: Disk, tmp_path: Path) -> None:
    db, copy = _database(tmp_path), tmp_path / "copies" / "it.db"
    copy.parent.mkdir()
    for _ in range(2):
        refused = run_tactful("backup", copy, "--db", f"sqlite:///{db}", **open_disk)
        assert (refused.returncode, "umask=077" in refused.stderr) == (1, True), refused.stderr
        assert _names(copy.parent) == []
        db.with_name("tactful.db.secret").unlink(missing_ok=True)  # the second time it is the database


@pytest.fixture(scope="module")
def export(shared_gateway: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    environ = {"TACTFUL_GATEWAY": shared_gateway.url, "TACTFUL_ADMIN_KEY": shared_gateway.keys["ak"]}
    return lambda out, **disk: run_tactful("person", "export", "u-1", "--out", out, **environ, **disk)


@preload.NEEDS_COMPILER
def test_an_export_goes_to_a_disk_without_links(export: Any, plain_disk: Disk, tmp_path: Path) -> None:
    out = tmp_path / "it.json"
    assert export(out, **plain_disk).returncode == 0
    assert (_names(tmp_path), out.stat().st_mode & 0o777) == (["it.json"], 0o600)
    again = export(out, **plain_disk)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)


@preload.NEEDS_COMPILER
def test_no_export_goes_where_others_could_read_it(export: Any, open_disk: Disk, tmp_path: Path) -> None:
    refused = export(tmp_path / "it.json", **open_disk)
    assert (refused.returncode, "umask=077" in refused.stderr, _names(tmp_path)) == (1, True, [])


def test_an_export_into_a_folder_that_is_not_there_says_so(export: Any, tmp_path: Path) -> None:
    refused = export(tmp_path / "none" / "it.json")
    assert (refused.returncode, "No such file or directory" in refused.stderr) == (1, True)
    assert "Traceback" not in refused.stderr
