"""A kind of sink as data: its name, its options and how one is built; a plug-in brings nothing else.

An entry point in the group `tactful.sinks` names a `SinkKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from msgspec import Struct

from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.extra import Extra
from tactful_gateway.outgoing.options import OptionProblem, no_further_checks
from tactful_gateway.sinks.base import Sink
from tactful_gateway.sinks.shapes.registry import ALL


class SinkKind(Struct, frozen=True):
    """One kind of sink.

    `config` is a `msgspec.Struct` with `forbid_unknown_fields`, whose fields are the options. `check` gets the options
    that have the right type and hold no `${NAME}`, so any of them may be absent; it says what else is wrong, never
    quoting a value. `build` gets an instance of `config` with every `${NAME}` resolved. `file` is the option, if any,
    that names a file which the sink needs for itself. `extra` is what has to be installed besides. `shapes` are those
    that its destination can keep; a `config` with the field `shape` is told which one it is. `address` are the options
    that say which destination it is, to the last detail: sinks that have all of them alike share a circuit.
    """

    name: str
    config: type[Struct]
    build: Callable[[Any, Clock], Sink]
    check: Callable[[Mapping[str, Any]], list[OptionProblem]] = no_further_checks
    file: str = ""
    extra: Extra | None = None
    shapes: tuple[str, ...] = ALL
    address: tuple[str, ...] = ()


def built_late(module: str, sink: str) -> Callable[[Any, Clock], Sink]:
    """Give a `build` that imports its sink's module when one is built: it needs a library that few have."""

    def build(config: Any, _: Clock) -> Sink:
        built: Sink = getattr(import_module(module), sink)(config)
        return built

    return build
