"""What the page on sinks shows is a sink that can be checked."""

from __future__ import annotations

from pathlib import Path

import yaml

from tactful_gateway.sinks.registry import check_options
from tactful_rules.source.sections.sinks import OURS
from tests.docs.blocks import read_blocks

PAGE = Path(__file__).parents[2] / "docs" / "sinks.md"


def test_every_sink_that_is_shown_has_no_problem():
    blocks = [block for block in read_blocks(PAGE) if block.language == "yaml"]
    shown = [sink for block in blocks for sink in yaml.safe_load(block.body)["sinks"].values()]
    assert {sink["kind"] for sink in shown} == {"clickhouse", "kafka", "nats", "postgres", "webhook"}
    for sink in shown:
        options = {key: value for key, value in sink.items() if key not in OURS}
        assert check_options(sink["kind"], options) == []
