"""One move: what is not there yet is copied, then every table is compared as a whole, then gateways are let in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tactful_gateway.moving.digest import Digest
from tactful_gateway.moving.source import Source
from tactful_gateway.moving.table import MoveError, Table, match

if TYPE_CHECKING:  # asyncpg is behind it, which the command line's help must do without
    from tactful_gateway.moving.target import Target

Watch = Callable[[str, int, int], None]
"""Told what goes on ("Copying", "Comparing"), how many rows are dealt with, and how many there are."""


class Moved(Struct, frozen=True):
    """What a table came to: equal at both ends."""

    table: str
    rows: int
    digest: str


class Move:
    """Moves from a file into a database."""

    def __init__(self, source: Source, target: Target, watch: Watch) -> None:
        self._source = source
        self._target = target
        self._watch = watch
        self._done = self._total = 0

    async def run(self, known_by: bytes, secret: bytes | None, *, anew: bool = False) -> Sequence[Moved] | None:
        """Move everything, or what is left; None where all of it was moved before.

        `known_by` is the hash of the token secret, which tells this file from others; `secret` is kept at the target
        unless None. With `anew` what came before is dropped.

        Raises:
            MoveError: it can't be moved there, or both ends differ.
            StoreUnavailableError: one end can't now. The same again goes on.
        """
        tables = match(await self._source.tables(), await self._target.tables())
        if not await self._target.begin(known_by, secret):
            return None
        if anew:
            await self._target.empty(tables)
        self._total = sum([await self._source.count(table) for table in tables])
        await self._copy(tables)
        moved = await self._compare(tables)
        await self._target.finish(await self._source.last_numbers())
        return moved

    async def _copy(self, tables: Sequence[Table]) -> None:
        self._done = 0
        self._advance("Copying", await self._target.counted())
        for table in tables:
            async for rows in self._source.batches(table, await self._target.place(table)):
                await self._target.write(table, rows)
                self._advance("Copying", len(rows))

    async def _compare(self, tables: Sequence[Table]) -> list[Moved]:
        self._done = 0
        moved, wrong = [], []
        for table in tables:
            here, there = Digest(), Digest()
            await asyncio.gather(self._digest(here, self._source.batches(table)), self._read(there, table))
            moved.append(Moved(table.name, here.count, here.text))
            if (here.count, here.text) != (there.count, there.text):
                wrong.append(f"{table.name} ({here.count} rows in the file, {there.count} in the database)")
        if wrong:
            raise MoveError(
                f"both ends differ in {', '.join(wrong)}: the file was written to since the move began. "
                "Begin anew with --anew"
            )
        return moved

    async def _read(self, digest: Digest, table: Table) -> None:
        async for rows in self._target.batches(table):
            digest.add(rows)
            self._advance("Comparing", len(rows))

    async def _digest(self, digest: Digest, batches: AsyncIterator[list[tuple[Any, ...]]]) -> None:
        async for rows in batches:
            digest.add(rows)

    def _advance(self, what: str, rows: int) -> None:
        self._done += rows
        self._watch(what, self._done, self._total)
