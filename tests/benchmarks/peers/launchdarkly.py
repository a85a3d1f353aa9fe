"""LaunchDarkly, flags from a file: a flag with a targeting rule a rule (two for an `any`), each giving a variation."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ldclient import Config, Context, LDClient
from ldclient.integrations import Files

from tests.benchmarks.many_rules import QUESTIONNAIRES, Line, Value
from tests.benchmarks.peers.peer import FLAG, Ask, Peer, Rules, flat

_OPERATORS = {
    "is": "in",
    "in": "in",
    "at_least": "greaterThanOrEqual",
    "less_than": "lessThan",
    "starts_with": "startsWith",
    "version_below": "semVerLessThan",
}


def _clause(line: Line) -> dict[str, Any]:
    values = list(line.value) if isinstance(line.value, tuple) else [line.value]
    clause = {"contextKind": "user", "attribute": flat(line.attribute), "values": values, "negate": line.negated}
    if line.op == "version_at_least":  # it has only "greater than"; every event has a version
        return {**clause, "op": "semVerLessThan", "negate": not line.negated}
    return {**clause, "op": _OPERATORS[line.op]}


def _flag(rules: Rules) -> dict[str, Any]:
    targeting = [
        {"id": rule.id, "clauses": [_clause(line) for line in lines], "variation": QUESTIONNAIRES.index(rule.ask)}
        for rule in rules
        for lines in rule.conjunctions()
    ]
    nothing = len(QUESTIONNAIRES)
    return {
        "key": FLAG,
        "version": 1,
        "on": True,
        "salt": "salt",
        "variations": [*QUESTIONNAIRES, None],
        "fallthrough": {"variation": nothing},
        "offVariation": nothing,
        "rules": targeting,
    }


@contextmanager
def _load(rules: Rules) -> Iterator[Ask]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flags.json"
        path.write_text(json.dumps({"flags": {FLAG: _flag(rules)}}), "utf-8")
        source = Files.new_data_source(paths=[str(path)])
        config = Config("sdk-none", update_processor_class=source, send_events=False, diagnostic_opt_out=True)
        client = LDClient(config, start_wait=30)
        yield lambda attributes: client.variation(FLAG, Context.from_dict(attributes), None)
        client.close()


def _context(found: Mapping[str, Value]) -> dict[str, Any]:
    return {"kind": "user", "key": "u-1", **{flat(name): value for name, value in found.items()}}


PEER = Peer("launchdarkly-server-sdk", "flags", _load, _context)
