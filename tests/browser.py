"""Finds a Chrome or Chromium for the browser tests, or gets one; `python -m tests.browser` does it for everybody."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
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


def find_browser() -> str | None:
    """Give the path of a browser: CHROME_PATH, then the usual names, then Playwright's own download; else None."""
    named = os.environ.get("CHROME_PATH")
    if named:
        return named if Path(named).exists() else None
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((path for path in MAC if Path(path).exists()), None) or _playwrights_own()


def launch_options() -> dict[str, Any]:
    """Give the keyword arguments for Playwright's `chromium.launch`; raises RuntimeError where no browser is found."""
    path = find_browser()
    if path is None:
        raise RuntimeError(HELP)
    return {"executable_path": path, "args": list(ARGS)}


def _playwrights_own() -> str | None:
    """Look where `playwright install` puts its browsers."""
    default = "Library/Caches" if sys.platform == "darwin" else ".cache"
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / default / "ms-playwright")
    programs = (
        "chrome-linux*/chrome",
        "chrome-headless-shell-linux*/*shell",
        "chrome-mac*/Chromium.app/Contents/MacOS/*",
    )
    found = [path for program in programs for path in root.glob(f"chromium*/{program}") if os.access(path, os.X_OK)]
    return str(max(found)) if found else None


def _ask_apt() -> None:
    """Install Debian's Chromium, which only root may."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        if subprocess.run(command, env=quiet, check=False).returncode:
            return


def _ask_playwright() -> None:
    """Let Playwright download its own Chromium, with the libraries it needs where we may install them."""
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Make sure that there is a browser; print where. 0, or 1 with a message where all ways failed."""
    for get in (None, _ask_apt, _ask_playwright):
        if get is not None:
            get()
        path = find_browser()
        if path:
            print(f"Browser tests use {path}")
            return 0
        if os.environ.get("CHROME_PATH"):
            break
    print(HELP, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
