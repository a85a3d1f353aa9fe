"""The files that a simulation writes, looked at before the play, which may be long: none may be one that it reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer

from tactful_gateway.cli.output.console import make_console


def check_outputs(traffic: Path, outputs: Mapping[str, Path | None]) -> None:
    """Check the files to write, given by the options that name them.

    Raises:
        typer.BadParameter: one lies in no folder, may not be written, or is the traffic or another one of them.
    """
    taken = {"--traffic": traffic}
    for option, path in outputs.items():
        if path is None:
            continue
        if not path.parent.is_dir():
            raise typer.BadParameter(f"{option} {path}: there is no folder {path.parent}; make it first")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise typer.BadParameter(f"{option} {path} may not be written")
        for other, its_path in taken.items():
            if _is_one_file(path, its_path):
                raise typer.BadParameter(f"{option} and {other} are one file, {path}; give {option} another name")
        taken[option] = path


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """End the command in words where a file can't be written to its end, be it that the disk is full.

    Raises:
        typer.Exit: so it is.
    """
    try:
        yield
    except OSError as error:
        make_console(stderr=True).print(f"{path}: {error.strerror}; it was not written as a whole", style="bold red")
        raise typer.Exit(1) from error


def _is_one_file(path: Path, other: Path) -> bool:
    if path.exists() and other.exists():
        return path.samefile(other)
    return path.resolve() == other.resolve()
