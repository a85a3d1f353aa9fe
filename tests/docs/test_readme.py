"""The README keeps its word: every command and every Python block runs, and prints what it says it prints."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.chromium import opened_browser
from tests.docs.blocks import RUNNABLE, Block, read_blocks
from tests.docs.reader import Reader

ROOT = Path(__file__).parents[2]
BLOCKS = [block for block in read_blocks(ROOT / "README.md") if block.language in RUNNABLE]
BY_CURL = [block for block in read_blocks(ROOT / "docs" / "gateway.md") if block.language in {"sh", "python"}]
"""They go on where the README ends."""
TRIES = 3
"""A machine under load may need longer than the SDK's timeout; the reader would try again too."""


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path)
    yield reader
    reader.close()


def _follow(reader: Reader, block: Block) -> None:
    tries = TRIES if block.kind == "python" else 1
    for left in reversed(range(tries)):
        try:
            printed = reader.follow(block).splitlines()
            assert printed == block.printed() or block.kind != "python", f"README.md:{block.line} prints {printed}"
        except AssertionError:
            if not left:
                raise
        else:
            return


def test_a_reader_who_follows_the_page_gets_what_it_says(reader: Reader):
    steps = [block for block in BLOCKS if block.kind not in {"clone", "install"}]
    assert {block.kind for block in steps} == {"sh", "background", "python", "yaml", "csv"}
    for block in steps:
        _follow(reader, block)
    for block in BY_CURL:
        _follow(reader, block)
    with opened_browser() as browser:
        page = browser.new_page()
        page.goto(reader.here("http://127.0.0.1:8080/"))
        page.get_by_role("button", name="Pay").click()
        expect(page.get_by_role("radiogroup", name="Would you recommend our sets?")).to_be_visible()


def test_what_a_fresh_clone_is_told_to_make_can_be_made():
    told = [line for block in BLOCKS if block.kind == "clone" for line in block.body.splitlines()]
    targets = [match[1] for line in told if (match := re.fullmatch(r"make (\w+)", line))]
    assert targets == ["demo"]
    for target in targets:
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True)
        assert f".venv/bin/tactful {target}" in done.stdout


def test_what_is_told_to_be_installed_can_be_installed():
    """Resolved from this checkout and without the index, since a test must not depend on what was published."""
    (block,) = (block for block in BLOCKS if block.kind == "install")
    (wanted,) = re.findall(r'pip install "\.(\[\w+\])"\n', block.body)
    options = ["--dry-run", "--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed"]
    command = [sys.executable, "-m", "pip", "install", *options, f"{ROOT}{wanted}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Would install tactful" in done.stdout
    assert "does not provide the extra" not in done.stderr


def test_links_of_the_pages_lead_somewhere():
    pages = [
        ROOT / name
        for name in (
            "README.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
            "docs/rules.md",
            "docs/gateway.md",
            "docs/frameworks.md",
        )
    ]
    for page in pages:
        links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == []
