"""The shapes there are, and how one is checked and put in front of a sink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tactful_gateway.outgoing.options import OptionProblem, check_against, convert
from tactful_gateway.sinks.base import Sink
from tactful_gateway.sinks.shapes import flat, formbricks, posthog
from tactful_gateway.sinks.shapes.shape import Shape
from tactful_gateway.sinks.shapes.shaped import ShapedSink
from tactful_rules.model.folder import SinkConfig

AS_IS = "cloudevents"
"""The shape of the journal itself, byte for byte."""
SHAPES: dict[str, Shape] = {shape.name: shape for shape in (flat.SHAPE, posthog.SHAPE, formbricks.SHAPE)}
"""The other shapes by name."""
ALL = (AS_IS, *SHAPES)


def split_options(shape: object, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the options that are the shape's, and the rest."""
    known = SHAPES.get(shape) if isinstance(shape, str) else None
    names = {field.encode_name for field in msgspec.structs.fields(known.config)} if known else set()
    its = {key: value for key, value in options.items() if key in names}
    return its, {key: value for key, value in options.items() if key not in names}


def check_shape(
    whose: str, takes: Sequence[str], shape: object, its: Mapping[str, Any], *, strict: bool
) -> list[OptionProblem]:
    """Find a shape that there is not, or that `whose` (`a sink of kind parquet`) can't take, and bad options of it."""
    if shape not in takes:
        return [OptionProblem("shape", "bad_value", f"the `shape` of {whose} is {' or '.join(takes)}")]
    known = SHAPES.get(str(shape))
    if known is None:
        return []
    return check_against(f"the shape {known.name}", known, its, strict=strict)


def unsaid(config: SinkConfig) -> str | None:
    """Say which of a sink's events its shape has no form for; None when it has one for all."""
    known = SHAPES.get(config.shape)
    lost = (
        [] if known is None else [name for name in config.events if name.removeprefix("tactful.") not in known.events]
    )
    if known is None or not lost:
        return None
    return f"the shape {known.name} has no form for {', '.join(lost)}; it has one for {', '.join(known.events)}"


def put_in_front(sink: Sink, config: SinkConfig, its: Mapping[str, Any]) -> Sink:
    """Give the sink with its shape before it; the sink itself where there is nothing to shape."""
    known = SHAPES.get(config.shape)
    if known is None:
        return sink
    return ShapedSink(sink, known.bind(convert(known.config, its), config.id), known.name)
