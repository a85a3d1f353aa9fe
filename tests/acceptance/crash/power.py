"""A power cut without a plug: a preloaded library keeps what was synced, and the cut leaves a database nothing else.

A kill alone proves little, since the page cache survives it: only this tells `synchronous=FULL` from NORMAL.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests import preload

NORMAL = """
import sqlite3
connect = sqlite3.connect
def lowered(*given, factory=sqlite3.Connection, **named):
    class Lowered(factory):
        def execute(self, sql, *values):
            return super().execute(sql.replace("synchronous = FULL", "synchronous = NORMAL"), *values)
    return connect(*given, factory=Lowered, **named)
sqlite3.connect = lowered
"""
"""What a gateway runs first that is not durable: so it is seen that the suite can tell."""


def begin(database: Path) -> None:
    """Take what is in a database, which nobody uses, for synced."""
    shutil.copy(database, database.with_name(database.name + ".durable"))


def build(folder: Path) -> dict[str, str]:
    """Compile the library, and give the environment that loads it."""
    return preload.build(Path(__file__).with_name("power_cut.c"), folder)


def cut(database: Path) -> None:
    """Leave of a database what had been synced, and nothing that was only written; that is durable from now on."""
    for file in (database, database.with_name(database.name + "-wal")):
        durable = file.with_name(file.name + ".durable")
        file.unlink(missing_ok=True)
        if durable.exists():
            shutil.copy(durable, file)
    database.with_name(database.name + "-shm").unlink(missing_ok=True)
