"""A kind from another distribution is found by its entry point and checked like our own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MODULE = """
from msgspec import Struct
from tactful_gateway.channels.kind import ChannelKind

class Config(Struct, forbid_unknown_fields=True):
    color: str

class Pigeon:
    def __init__(self, config): self.config = config
    async def open(self): pass
    async def send(self, message): return (self.config.color,)
    async def close(self): pass

KIND = ChannelKind("pigeon", Config, lambda config, clock: Pigeon(config))
THIEF = ChannelKind("email", Config, lambda config, clock: Pigeon(config))
"""
PROGRAM = """
from tactful_gateway.clock import SystemClock
from tactful_gateway.channels.registry import build, check_options
from tactful_rules.model.folder import ChannelConfig

assert [p.code for p in check_options("pigeon", {"colour": "grey"})] == ["unknown_key", "missing_key"]
assert build(ChannelConfig("p", "pigeon", {"color": "grey"}), SystemClock()).config.color == "grey"
mail = {"url": "smtp://mail", "from": "a@example.com"}
assert type(build(ChannelConfig("m", "email", mail), SystemClock())).__name__ == "EmailCourier"
assert "pigeon" in check_options("pigoen", {})[0].message
"""


def test_a_plugged_in_kind_is_checked_and_built_and_can_not_replace_ours(tmp_path: Path) -> None:
    (tmp_path / "pigeons.py").write_text(MODULE)
    info = tmp_path / "pigeons-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeons\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tactful.channels]\npigeon = pigeons:KIND\nthief = pigeons:THIEF\n")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=False, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
