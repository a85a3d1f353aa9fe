"""The kinds of sinks there are, own and plugged in, and how one is checked and built."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.extra import check_extra
from tactful_gateway.outgoing.options import MEANT, OptionProblem, check_against, convert, did_you_mean
from tactful_gateway.outgoing.plugged import load_plugged
from tactful_gateway.sinks import stdout
from tactful_gateway.sinks.base import Sink
from tactful_gateway.sinks.clickhouse import sink as clickhouse
from tactful_gateway.sinks.jsonl import sink as jsonl
from tactful_gateway.sinks.kafka import kind as kafka
from tactful_gateway.sinks.kind import SinkKind
from tactful_gateway.sinks.nats import kind as nats
from tactful_gateway.sinks.parquet import kind as parquet
from tactful_gateway.sinks.postgres import kind as postgres
from tactful_gateway.sinks.shapes.registry import AS_IS, check_shape, put_in_front, split_options, unsaid
from tactful_gateway.sinks.webhook import sink as webhook
from tactful_rules.model.folder import SinkConfig
from tactful_rules.source.sections.sinks import GENERIC_KEYS

ENTRY_POINTS = "tactful.sinks"
KINDS: dict[str, SinkKind] = {
    kind.name: kind
    for kind in (
        clickhouse.KIND,
        jsonl.KIND,
        kafka.KIND,
        nats.KIND,
        parquet.KIND,
        postgres.KIND,
        stdout.KIND,
        webhook.KIND,
    )
}
"""Tactful's own kinds by name."""


class SinkOptionsError(Exception):
    """A sink's options can't be used."""

    def __init__(self, sink: str, problems: list[OptionProblem]) -> None:
        super().__init__(f"sink {sink}: " + "; ".join(problem.message for problem in problems))
        self.problems = problems


def check_options(kind: str, options: Mapping[str, Any]) -> list[OptionProblem]:
    """Find every problem of a sink's options as (option key, code, message); no message quotes a value.

    `options` may hold `${NAME}` (such a value is not judged) and `shape`.
    """
    return _check(kind, options, strict=True)


def _check(kind: str, options: Mapping[str, Any], *, strict: bool) -> list[OptionProblem]:
    found = _find(kind)
    if found is None:
        near = did_you_mean(kind, [*KINDS, *_plugged()])
        said = f'there is no sink kind "{kind}"' if near.startswith(MEANT) else "there is no such sink kind"
        return [OptionProblem("kind", "unknown_kind", said + near)]
    whose = f"a sink of kind {kind}"
    shape = options.get("shape", AS_IS)
    its, own = split_options(shape, {key: value for key, value in options.items() if key != "shape"})
    return [
        *check_extra(whose, found.extra),
        *check_shape(whose, found.shapes, shape, its, strict=strict),
        *check_against(whose, found, own, others=GENERIC_KEYS, strict=strict),
    ]


def build(config: SinkConfig, clock: Clock) -> Sink:
    """Build a sink from its config, every `${NAME}` resolved.

    Raises:
        SinkOptionsError: the options have problems.
    """
    problems = _check(config.kind, {"shape": config.shape, **config.options}, strict=False)
    lost = unsaid(config)
    if lost is not None:
        problems.append(OptionProblem("events", "bad_value", lost))
    kind = _find(config.kind)
    if kind is None or problems:
        raise SinkOptionsError(config.id, problems)
    its, own = split_options(config.shape, config.options)
    if "shape" in kind.config.__struct_fields__:
        own["shape"] = config.shape
    return put_in_front(kind.build(convert(kind.config, own), clock), config, its)


def find_shared_files(sinks: Mapping[str, SinkConfig]) -> list[tuple[str, str, str]]:
    """Give each sink whose file an earlier one has already, with the option that names it and the earlier sink."""
    taken: dict[str, str] = {}
    shared = []
    for name, config in sinks.items():
        kind = _find(config.kind)
        key = "" if kind is None else kind.file
        path = config.options.get(key)
        if isinstance(path, str) and "\0" not in path:
            first = taken.setdefault(os.path.realpath(path), name)
            if first != name:
                shared.append((name, key, first))
    return shared


def find_address(config: SinkConfig) -> str:
    """Name a sink's destination: the same for two sinks that deliver to the same one. It may hold a secret."""
    kind = _find(config.kind)
    if kind is None or not kind.address:
        return f"sink {config.id}"
    return f"{kind.name} {msgspec.json.encode([config.options.get(key) for key in kind.address]).decode()}"


def _find(kind: str) -> SinkKind | None:
    return KINDS.get(kind) or _plugged().get(kind)


@cache
def _plugged() -> Mapping[str, SinkKind]:
    return load_plugged(ENTRY_POINTS, SinkKind, KINDS)
