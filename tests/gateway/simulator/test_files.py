"""The files of `tactful simulate`: what it reads is read twice for a comparison, what it writes must be writable."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tactful_gateway.cli.output.console import make_console
from tactful_gateway.cli.output.problems import open_folder
from tactful_gateway.cli.simulation.reading import Source, read, read_again

TRAFFIC = "at,person,order.amount\n2026-01-01,u1,50\n2026-01-02,u2,20\n"


@pytest.fixture
def traffic(tmp_path: Path) -> Path:
    path = tmp_path / "traffic.csv"
    path.write_text(TRAFFIC)
    return path


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Path]:
    """Give a pipe that can be read once, as `<(cat traffic.csv)` makes one."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(TRAFFIC,))
    writer.start()
    yield path
    if writer.is_alive():  # nobody has opened it: let the writer go
        path.read_text()
    writer.join()


def simulate(survey: Path, traffic: Path, *options: object) -> Result:
    given = ["simulate", str(survey), "--traffic", str(traffic), "--touchpoint", "payment", *map(str, options)]
    return CliRunner().invoke(app, given)


def said(done: Result) -> str:
    return " ".join(done.stderr.replace("│", " ").split())


def test_a_pipe_is_played_alone_and_refused_in_a_comparison(survey: Path, pipe: Path) -> None:
    refused = simulate(survey, pipe, "--against", survey)
    assert (refused.exit_code, "--traffic is a file, not a pipe" in said(refused)) == (2, True)
    assert simulate(survey, pipe).exit_code == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TRAFFIC + "2026-01-03,u3,50\n", "changed while it was read"),
        (TRAFFIC + "never,u3,50\n", "traffic.csv:4: "),
        ("", "the file is empty"),
        (None, "No such file"),
    ],
)
def test_a_file_that_changes_between_both_readings_ends_in_words(
    survey: Path, traffic: Path, capsys: pytest.CaptureFixture[str], text: str | None, told: str
) -> None:
    aside, source, ruleset = make_console(stderr=True), Source(traffic, "payment", {}), open_folder(survey).ruleset
    visits = read(aside, source, ruleset, ruleset)
    traffic.unlink()
    if text is not None:
        traffic.write_text(text)
    with pytest.raises(typer.Exit):
        read_again(aside, source, ruleset, ruleset, visits)
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--html", "--decisions"])
def test_a_file_that_can_not_be_written_is_said_before_the_play(
    survey: Path, traffic: Path, tmp_path: Path, option: str
) -> None:
    traffic.write_text("this is no traffic, and never gets read")
    for path in (tmp_path / "nowhere" / "out", traffic / "out"):
        refused = simulate(survey, traffic, option, path)
        assert (refused.exit_code, "there is no folder" in said(refused)) == (2, True)


@pytest.mark.parametrize("option", ["--html", "--decisions"])
def test_the_traffic_is_never_written_over(survey: Path, traffic: Path, tmp_path: Path, option: str) -> None:
    (tmp_path / "link").symlink_to(traffic)
    (tmp_path / "twin").hardlink_to(traffic)
    for path in (traffic, tmp_path / "link", tmp_path / "twin", survey / ".." / "traffic.csv"):
        refused = simulate(survey, traffic, option, path)
        assert (refused.exit_code, f"{option} and --traffic are one file" in said(refused)) == (2, True)
    assert traffic.read_text() == TRAFFIC


def test_page_and_decisions_need_a_file_each(survey: Path, traffic: Path, tmp_path: Path) -> None:
    refused = simulate(survey, traffic, "--html", tmp_path / "out", "--decisions", tmp_path / "." / "out")
    assert (refused.exit_code, "--html and --decisions are one file" in said(refused)) == (2, True)
    assert not (tmp_path / "out").exists()
    assert simulate(survey, traffic, "--html", tmp_path / "a", "--decisions", tmp_path / "b").exit_code == 0


@pytest.mark.parametrize("option", ["--html", "--decisions"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_said(survey: Path, traffic: Path, option: str) -> None:
    done = simulate(survey, traffic, option, "/dev/full")
    assert (done.exit_code, said(done)) == (1, "/dev/full: No space left on device; it was not written as a whole")


def test_touchpoints_that_nobody_declares_are_named_with_their_lines(survey: Path, tmp_path: Path) -> None:
    rows = ["2026-01-01,u1,payment", "2026-01-01,u1,paymnet", "2026-01-02,u2,paymnet", "2026-01-03,u2,xyz"]
    rows += [f"2026-01-04,u2,strange-{number:02}" for number in range(20)]
    traffic = tmp_path / "named.csv"
    traffic.write_text("\n".join(["at,person,touchpoint", *rows]))
    done = simulate(survey, traffic)
    assert done.exit_code == 0
    told = said(done).replace(" ", "")
    assert "named.csv:3:notouchpointiscalled`paymnet`;didyoumean`payment`?" in told
    assert "named.csv:5:notouchpointiscalled`xyz`" in told
    assert told.count("named.csv:") == 10
    assert told.endswith("...and12moreunknowntouchpoints")


def test_a_touchpoint_that_the_folder_beside_declares_is_not_called_unknown(survey: Path, tmp_path: Path) -> None:
    (tmp_path / "named.csv").write_text("at,person,touchpoint\n2026-01-01,u1,table\n")
    after = tmp_path / "after"
    after.mkdir()
    (after / "all.yaml").write_text("touchpoints: {payment: {}, table: {}}\n")
    assert "no touchpoint" not in said(simulate(survey, tmp_path / "named.csv", "--against", after))
    assert "no touchpoint" in said(simulate(survey, tmp_path / "named.csv"))
