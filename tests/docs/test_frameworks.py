"""The page on frameworks keeps its word: its code is that of the examples, which run, or runs here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import Block, read_blocks

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "frameworks.md"
BLOCKS = [block for block in read_blocks(PAGE) if block.language == "python"]
OPTIONS = ["-q", "-p", "no:cacheprovider", "-p", "no:asyncio"]


def _run(folder: Path, *command: str) -> str:
    environ = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_is_code_of_every_kind():
    examples = {block.words[0].split("/")[2] for block in BLOCKS if block.words and "/" in block.words[0]}
    assert examples == {"fastapi_shop.py", "flask_shop.py", "django_shop"}
    assert {block.words for block in BLOCKS if "/" not in "".join(block.words)} == {(), ("test_shop.py",)}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block.line}")
def test_code_stands_in_its_example_or_runs(block: Block, tmp_path: Path):
    file = block.words[0] if block.words else ""
    if file.startswith("examples/"):
        assert block.body in (ROOT / file).read_text(encoding="utf-8")
    elif file:
        (tmp_path / file).write_text(block.body, encoding="utf-8")
        assert "2 passed" in _run(tmp_path, "-m", "pytest", *OPTIONS)
    else:
        assert _run(tmp_path, "-c", block.body).splitlines() == block.printed()
