"""PostgreSQL away, read-only, full or held still under a gateway: refused, said, and over by itself with its cause."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import SURVEY, Served
from tests.acceptance.faults.disk import Disk
from tests.acceptance.faults.holding import statement_open
from tests.acceptance.faults.stage import Stage, staged
from tests.eventually import eventually
from tests.preload import NEEDS_COMPILER
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer, running_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_postgres(fsync="off") as server:
        yield server


@pytest.fixture
def stage(server: PostgresServer, tmp_path: Path) -> Iterator[Stage]:
    db = server.url(server.new_database())
    with staged(tmp_path, db, tmp_path / "tactful.db", {}) as stage:
        stage.crowd.wait_for(16)
        yield stage


def test_a_server_that_goes_away_and_comes_back_as_a_standby_until_it_is_promoted(
    server: PostgresServer, stage: Stage
) -> None:
    server.kill()
    assert "can't be reached" in stage.sees("unreachable")
    assert stage.refuses() == "store_unavailable"
    server.stand_by()
    server.start()
    assert "name the primary" in stage.sees("read_only")
    assert stage.refuses() == "store_unavailable"
    server.promote()
    stage.recovers()
    stage.judge()


def test_a_table_that_another_session_holds_is_waited_for_as_long_as_a_request_may(
    server: PostgresServer, stage: Stage
) -> None:
    with statement_open(stage.db, "LOCK TABLE tactful.person"):
        stage.sees("slow")
        assert stage.refuses() in {"busy", "store_unavailable"}
    stage.recovers()
    stage.judge()


@NEEDS_COMPILER
def test_a_server_whose_disk_is_full_is_written_to_again_once_it_has_room(
    server: PostgresServer, tmp_path: Path
) -> None:
    disk = Disk(server.data / "base", server.data.parent)
    server.kill()
    server.environ = disk.environ
    server.start()
    with staged(tmp_path, server.url(server.new_database()), tmp_path / "tactful.db", {}) as stage:
        stage.crowd.wait_for(16)
        with disk.failing("GROW"):
            assert "free some space" in stage.sees("disk_full")
            assert stage.refuses() == "store_unavailable"
        stage.recovers()
        stage.judge()


def test_a_gateway_that_starts_before_its_server_waits_for_it(server: PostgresServer, tmp_path: Path) -> None:
    url = server.url(server.new_database())
    (tmp_path / "survey.yaml").write_text(SURVEY)
    served = Served(tmp_path, tmp_path / "unused", ("--db", url))
    server.kill()
    served.launch()
    try:
        eventually(lambda: any('"waiting_for_database"' in line for line in served.log))
        server.start()
        eventually(lambda: served.url != "")
    finally:
        served.kill()


def test_a_gateway_whose_server_never_comes_ends_with_the_reason(serve: Callable[..., Served]) -> None:
    started = time.monotonic()
    db = f"postgresql://postgres@127.0.0.1:{free_port()}/tactful"
    served = serve(arguments=("--db", db), TACTFUL_DB_WAIT="1500")
    assert served.wait() == 1
    assert time.monotonic() - started > 1.5
    assert "can't be reached" in "".join(served.log)
