"""The options of `tactful explain` as typed, and the small forms that they share: KEY=VALUE, a person, a channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import typer
from msgspec import Struct

from tactful_rules.model.event import Device, Page


class Asked(Struct, frozen=True, kw_only=True):
    """What is to be explained; `params` and `at` are still texts, `touchpoint` is empty where none is named."""

    touchpoint: str
    person: dict[str, Any]
    params: dict[str, str]
    reach: dict[str, bool | str] | None
    device: Device
    page: Page
    timezone: str | None
    at: str | None


class Supposed(Struct, frozen=True, kw_only=True):
    """What is supposed of the person and the quotas, where no gateway knows."""

    history: Path | None
    opted_out: tuple[str, ...]
    quotas: dict[str, str]

    def __bool__(self) -> bool:
        """Tell whether anything is supposed at all."""
        return bool(self.history or self.opted_out or self.quotas)


def read_pairs(option: str, words: list[str] | None) -> dict[str, str]:
    """Read KEY=VALUE, repeated."""
    pairs = [word.partition("=") for word in words or []]
    if not all(key and equals for key, equals, _ in pairs):
        raise typer.BadParameter(f"{option} is KEY=VALUE")
    return {key: value for key, _, value in pairs}


def read_struct(kind: Any, option: str, words: list[str] | None) -> Any:
    """Read KEY=VALUE, repeated, into a struct of texts."""
    pairs = read_pairs(option, words)
    strange = sorted(pairs.keys() - set(kind.__struct_fields__))
    if strange:
        raise typer.BadParameter(f"{option}: {strange[0]} is none of {', '.join(kind.__struct_fields__)}")
    return kind(**pairs)


def read_person(text: str) -> dict[str, Any]:
    """Read an id, or a JSON object with an id and traits."""
    if not text.lstrip().startswith("{"):
        return {"id": text}
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise typer.BadParameter(f"--person is no JSON: {error}") from error
    if not isinstance(found.get("id"), str):
        raise typer.BadParameter('--person needs an id: {"id": "u1", ...}')
    return found


def read_reach(words: list[str] | None) -> dict[str, bool | str] | None:
    """Read CHANNEL or CHANNEL=ADDRESS, repeated; nothing said is None."""
    pairs = [word.partition("=") for word in words or []]
    return {channel: address if equals else True for channel, equals, address in pairs} or None
