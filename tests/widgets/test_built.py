"""The built files: the same bytes from the same sources, inside their budget, and agreeing with the golden cases."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

WIDGETS = Path(__file__).parents[2] / "widgets"
DIST = WIDGETS / "dist"
NAMES = ("loader.js", "renderer.js", "manifest.json")


def size(*names: str) -> int:
    return sum(len(gzip.compress((DIST / name).read_bytes(), 9)) for name in names)


def test_the_loader_stays_within_1500_bytes() -> None:
    assert size("loader.js") <= 1_500


def test_loader_and_renderer_stay_within_10_kilobytes() -> None:
    assert size("loader.js", "renderer.js") <= 10_000


def test_the_manifest_names_what_is_there() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text())
    for name, digest in manifest.items():
        assert hashlib.sha256((DIST / f"{name}.js").read_bytes()).hexdigest().startswith(digest)


def test_the_committed_files_are_what_the_sources_build(npm: Callable[..., None]) -> None:
    before = {name: (DIST / name).read_bytes() for name in NAMES}
    try:
        npm("run", "build")
        assert {name: (DIST / name).read_bytes() for name in NAMES} == before
    finally:
        for name, content in before.items():
            (DIST / name).write_bytes(content)


def test_the_golden_cases_hold_in_typescript(npm: Callable[..., None]) -> None:
    npm("test")


def test_the_lock_file_names_no_registry() -> None:
    text = (WIDGETS / "package-lock.json").read_text()
    assert '"resolved"' not in text
