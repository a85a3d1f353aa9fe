"""Finding a browser for these tests: on bare machines, with one named, with one to be got."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import HELP, NAMES, Surroundings, ask_apt, ask_playwright, find_browser, main


def make_program(path: Path, script: str = "") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def surroundings(root: Path, *, is_root: bool = False, **environ: str) -> Surroundings:
    """Give a machine with nothing but what lies in `root`: programs in `bin`, a home in `home`."""
    return Surroundings({"PATH": str(root / "bin"), **environ}, root / "home", "linux", is_root)


def test_the_browser_that_is_named_is_taken_before_any_other(tmp_path: Path) -> None:
    make_program(tmp_path / "bin" / "chromium")
    named = make_program(tmp_path / "mine")
    assert find_browser(surroundings(tmp_path, CHROME_PATH=named)) == named


def test_a_named_browser_that_is_not_there_is_an_error_and_nothing_is_installed_instead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_program(tmp_path / "bin" / "chromium")
    make_program(tmp_path / "bin" / "apt-get", f"touch {tmp_path}/asked")
    assert main(surroundings(tmp_path, is_root=True, CHROME_PATH=str(tmp_path / "nowhere"))) == 1
    assert capsys.readouterr().err == f"{HELP}\n"
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("name", NAMES)
def test_every_usual_name_is_found_on_the_path(tmp_path: Path, name: str) -> None:
    made = make_program(tmp_path / "bin" / name)
    assert find_browser(surroundings(tmp_path)) == made


def test_playwrights_newest_download_is_found_in_its_cache_or_where_it_was_told_to_be(tmp_path: Path) -> None:
    cache = tmp_path / "home" / ".cache" / "ms-playwright"
    make_program(cache / "chromium-1000" / "chrome-linux" / "chrome")
    newest = make_program(cache / "chromium-1001" / "chrome-linux64" / "chrome")
    assert find_browser(surroundings(tmp_path)) == newest
    elsewhere = make_program(tmp_path / "its" / "chromium-7" / "chrome-linux" / "chrome")
    assert find_browser(surroundings(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path / "its"))) == elsewhere


@pytest.mark.parametrize("path", [{}, {"PATH": ""}])
def test_with_nothing_to_find_and_nothing_to_install_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: dict[str, str]
) -> None:
    bare = Surroundings(path, tmp_path, "linux", is_root=False)
    assert main(bare, ways=(ask_apt,)) == 1
    assert capsys.readouterr() == ("", f"{HELP}\n")


def test_only_root_asks_apt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "bin" / "chromium"
    script = (
        f'echo "$1 $DEBIAN_FRONTEND" >> {tmp_path}/asked; if [ $1 = install ]; then > {new}; /bin/chmod +x {new}; fi'
    )
    make_program(tmp_path / "bin" / "apt-get", script)
    assert main(surroundings(tmp_path), ways=(ask_apt,)) == 1
    assert not (tmp_path / "asked").exists()
    assert main(surroundings(tmp_path, is_root=True), ways=(ask_apt,)) == 0
    assert (tmp_path / "asked").read_text() == "update noninteractive\ninstall noninteractive\n"
    assert capsys.readouterr().out == f"Browser tests use {new}\n"


def test_apt_without_a_network_is_not_asked_twice(tmp_path: Path) -> None:
    make_program(tmp_path / "bin" / "apt-get", f"echo $1 >> {tmp_path}/asked; exit 100")
    ask_apt(surroundings(tmp_path, is_root=True))
    assert (tmp_path / "asked").read_text() == "update\n"


def test_playwrights_download_that_fails_ends_in_the_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Nothing listens there: the download fails at once, as on a machine without a network.
    away = "http://127.0.0.1:9"
    blocked = {"PLAYWRIGHT_DOWNLOAD_HOST": away, "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "browsers")}
    assert main(surroundings(tmp_path, **blocked), ways=(ask_playwright,)) == 1
    assert capsys.readouterr().err == f"{HELP}\n"
