"""Compiles a library that stands between a process and its disk, for tests in which the disk lies or fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CC = shutil.which("cc") or shutil.which("gcc")
POSSIBLE = (CC is not None and sys.platform == "linux") or "CI" in os.environ
"""It takes a C compiler and LD_PRELOAD; in CI nothing is left out."""
NEEDS_COMPILER = pytest.mark.skipif(not POSSIBLE, reason="a disk that lies or fails takes a C compiler and LD_PRELOAD")


def build(source: Path, folder: Path) -> dict[str, str]:
    """Compile a C file into a folder, and give the environment that loads the library."""
    assert CC is not None, "install a C compiler"
    library = folder / source.with_suffix(".so").name
    subprocess.run([CC, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library)}
