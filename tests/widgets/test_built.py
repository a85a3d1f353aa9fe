"""The built files: the same bytes from the same sources, inside their budget, and agreeing with the golden cases."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

from tests.npm import Npm

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


def test_the_committed_files_are_what_the_sources_build(npm: Npm, tmp_path: Path) -> None:
    npm("run", "build", "--", "--out", str(tmp_path))
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (DIST / name).read_bytes(), name


def test_the_golden_cases_hold_in_typescript(npm: Npm) -> None:
    npm("test")


def test_the_lock_file_names_no_registry() -> None:
    text = (WIDGETS / "package-lock.json").read_text()
    assert '"resolved"' not in text
