"""Draws the events that a bench has decided: params by the schemas of their touchpoints, and the inline tests' events.

None has an address, so no sent channel is ever chosen: a bench must not reach anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import msgspec
from msgspec import Struct

from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.event import server_event
from tactful_gateway.http.wire import TouchpointCall
from tactful_rules.model.event import Event
from tactful_rules.model.folder import InlineTest, SurveyFolder
from tactful_rules.model.ruleset import Ruleset

EVENTS = 1_000
"""Events drawn by schema; the inline tests give as many again, however few they are."""
_SPAN = 100.0
"""How far a number goes beyond the one bound that its schema has, or beyond 0."""
_WORDS = ("blue", "small", "kind", "early", "north", "new", "paper", "quiet")


class Drawn(Struct, frozen=True):
    """An event as a caller would send it, without person and event id, and as the gateway reads it."""

    body: dict[str, Any]
    event: Event


def draw(folder: SurveyFolder, seed: int = 0) -> list[Drawn]:
    """Draw events for the touchpoints of a folder, the same for the same folder; none where it declares none."""
    chance, ruleset = Random(seed), folder.ruleset  # noqa: S311 - the same events at every run
    touchpoints = list(ruleset.touchpoints.values())
    bodies: list[dict[str, Any]] = [
        {
            "touchpoint": touchpoint.id,
            "params": {path: draw_value(schema, chance) for path, schema in touchpoint.params.items()},
        }
        for touchpoint in (touchpoints[number % len(touchpoints)] for number in range(EVENTS if touchpoints else 0))
    ]
    tests = [test for test in folder.tests if _read(_of_test(test, ruleset), ruleset, 0) is not None]
    bodies += [_of_test(tests[number % len(tests)], ruleset) for number in range(EVENTS if tests else 0)]
    chance.shuffle(bodies)
    # A person each: who is in a sample or a holdout hangs on the id.
    read = (_read(body, ruleset, number) for number, body in enumerate(bodies))
    return [one for one in read if one is not None]


def draw_value(schema: Mapping[str, Any], chance: Random) -> Any:
    """Draw a value that meets a JSON Schema's `const`, `enum`, `type` and bounds; other keywords it may break."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return chance.choice(schema["enum"])
    declared = schema.get("type", "string")
    kind = chance.choice(declared) if isinstance(declared, list) else declared
    if kind in ("number", "integer"):
        return _number(schema, chance, whole=kind == "integer")
    if kind == "boolean":
        return chance.random() < 1 / 2
    if kind == "array":
        items = schema.get("items")
        inner = items if isinstance(items, dict) else {"type": "string"}
        return [draw_value(inner, chance) for _ in range(max(1, schema.get("minItems", 1)))]
    if kind == "object":
        return {}
    if kind == "null":
        return None
    text = "-".join(chance.choices(_WORDS, k=2))
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]


def _number(schema: Mapping[str, Any], chance: Random, *, whole: bool) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    low = least if least is not None else 0.0 if most is None or most > 0 else most - _SPAN
    high = most if most is not None else low + _SPAN
    inner_low, inner_high = low + ("exclusiveMinimum" in schema), high - ("exclusiveMaximum" in schema)
    if whole and inner_low <= inner_high:
        return chance.randint(-int(-inner_low // 1), int(inner_high // 1))
    return round(chance.uniform(low, high), 2)


def _of_test(test: InlineTest, ruleset: Ruleset) -> dict[str, Any]:
    """Give a test's event, without its history and its clock."""
    body: dict[str, Any] = {"touchpoint": test.at, "params": test.params}
    if test.reach is not None:
        on_screen = {name for name, channel in ruleset.channels.items() if channel.on_screen}
        body["reach"] = {name: True for name in test.reach if name in on_screen}
    traits = {name: value for name, value in test.person.items() if name != "id"}
    given = {"person": traits, "page": test.page, "device": test.device, "timezone": test.timezone}
    return body | {name: value for name, value in given.items() if value}


def _read(body: dict[str, Any], ruleset: Ruleset, number: int) -> Drawn | None:
    """Read a body as the gateway does; None where it takes it for no event, as it may that of a test."""
    try:
        call = msgspec.convert(with_person(body, f"drawn-{number}", "bench"), TouchpointCall)
        return Drawn(body, server_event(call, ruleset, lambda: "bench"))
    except (msgspec.ValidationError, ApiError):
        return None


def with_person(body: Mapping[str, Any], person: str, event_id: str) -> dict[str, Any]:
    """Give the body of a touchpoint call: the event of this person, under this id."""
    return {**body, "person": {**body.get("person", {}), "id": person}, "event_id": event_id}
