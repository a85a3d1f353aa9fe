"""Finds a Chrome or Chromium for the browser tests, or gets one; `python -m tests.browser` does it for everybody."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HELP = "No Chrome or Chromium found: install one, or set CHROME_PATH to its program."
Way = Callable[["Surroundings"], None]


@dataclass(frozen=True)
class Surroundings:
    """What finding and getting a browser depends on; by default this process's own."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    home: Path = field(default_factory=Path.home)
    platform: str = sys.platform
    is_root: bool = hasattr(os, "geteuid") and os.geteuid() == 0

    def program(self, name: str) -> str | None:
        """Find a program on the PATH; without a PATH there is none."""
        return shutil.which(name, path=self.environ.get("PATH", ""))


def find_browser(here: Surroundings | None = None) -> str | None:
    """Give the path of a browser: CHROME_PATH, then the usual names, then Playwright's own download; else None."""
    here = here or Surroundings()
    named = here.environ.get("CHROME_PATH")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next(_candidates(here), None)


def launch_options() -> dict[str, Any]:
    """Give the keyword arguments for Playwright's `chromium.launch`; raises RuntimeError where no browser is found."""
    path = find_browser()
    if path is None:
        raise RuntimeError(HELP)
    return {"executable_path": path, "args": list(ARGS)}


def _candidates(here: Surroundings) -> Iterator[str]:
    yield from (path for name in NAMES if (path := here.program(name)))
    if here.platform == "darwin":
        yield from (path for path in MAC if os.access(path, os.X_OK))
    yield from _playwrights_own(here)


def _playwrights_own(here: Surroundings) -> list[str]:
    """Look where `playwright install` puts its browsers, the newest first."""
    default = "Library/Caches" if here.platform == "darwin" else ".cache"
    root = Path(here.environ.get("PLAYWRIGHT_BROWSERS_PATH") or here.home / default / "ms-playwright")
    programs = (
        "chrome-linux*/chrome",
        "chrome-headless-shell-linux*/*shell",
        "chrome-mac*/Chromium.app/Contents/MacOS/*",
    )
    found = [path for program in programs for path in root.glob(f"chromium*/{program}") if os.access(path, os.X_OK)]
    return sorted(map(str, found), reverse=True)


def ask_apt(here: Surroundings) -> None:
    """Install Debian's Chromium, which only root may."""
    apt = here.program("apt-get")
    if not here.is_root or apt is None:
        return
    quiet = {**here.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ([apt, "update", "-qq"], [apt, "install", "-y", "-qq", "chromium"]):
        if subprocess.run(command, env=quiet, check=False).returncode:
            return


def ask_playwright(here: Surroundings) -> None:
    """Let Playwright download its own Chromium, with the libraries it needs where we may install them."""
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], env=dict(here.environ), check=False)


def main(here: Surroundings | None = None, ways: Sequence[Way] = (ask_apt, ask_playwright)) -> int:
    """Make sure that there is a browser; print where. 0, or 1 with a message where all ways of getting one failed."""
    here = here or Surroundings()
    path = find_browser(here)
    for get in () if here.environ.get("CHROME_PATH") else ways:
        if path is None:
            get(here)
            path = find_browser(here)
    if path is None:
        print(HELP, file=sys.stderr)
        return 1
    print(f"Browser tests use {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
