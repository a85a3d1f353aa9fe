"""What the store's contracts do with a store: load, write, and see what went wrong."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from tactful_gateway.store.base import Changes, Keys, State, Store


async def read(store: Store, keys: Keys) -> State:
    """Load keys in a transaction that changes nothing."""
    seen: list[State] = []

    def step(loaded: State) -> Changes:
        seen.append(loaded)
        return Changes()

    await store.transact(keys, step)
    return seen[0]


async def write(store: Store, **changes: Any) -> None:
    """Write changes, named as in `Changes`, in one transaction."""
    await store.transact(Keys(), lambda _: Changes(**changes))


async def error_of(doing: Awaitable[None]) -> type[Exception] | None:
    """Await something and give the type of what it raised, None when it did not."""
    try:
        await doing
    except Exception as error:  # noqa: BLE001 - which one it is, is what the caller asserts
        return type(error)
    return None
