"""Judges the paths of a survey folder that was sent: all of them must be able to stand together on any disk.

Many disks take `A` and `a`, or the two spellings of `é`, for one name, and Windows keeps names such as `CON` to itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from unicodedata import normalize

from tactful_rules.model.folder import Position, SourceProblem
from tactful_rules.source import MAX_FILES

MAX_PATH = 200
"""Characters; whoever gets a version back must be able to write it to any disk."""
MAX_NAME = 255
"""Bytes of one part, as most file systems have it."""
_RESERVED = frozenset('\\:*?"<>|')
"""Special on one system or another."""
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
"""https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file; an extension makes no difference."""


def check_paths(paths: Iterable[str]) -> tuple[SourceProblem, ...]:
    """Give a problem for each path that leads out of a folder or can't stand in one, and for too many of them."""
    names = list(paths)
    if not names:
        message, hint = "no file was sent", "send `files`: the text of each YAML file by its path"
        return (SourceProblem(Position(".", 1, 1), "empty_folder", message, hint),)
    if len(names) > MAX_FILES:
        message = f"{len(names)} files were sent, and {MAX_FILES} are the most"
        return (SourceProblem(Position(".", 1, 1), "too_many_files", message, "is it the survey folder?"),)
    alone = [_problem(name, wrong) for name in sorted(names) if (wrong := _wrong_with(name))]
    return tuple(alone or itertools.starmap(_problem, _clashes(sorted(names))))


def _wrong_with(path: str) -> str:
    parts = path.split("/")
    if len(path) > MAX_PATH:
        return f"is longer than {MAX_PATH} characters"
    if not path.isprintable() or _RESERVED & set(path):
        return "has a character that not every disk takes"
    if path.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return "does not lead to a file inside the folder"
    if any(part.startswith(".") or part.endswith(".") or part != part.strip() for part in parts):
        return "names something hidden, or has a space or a dot at an edge"
    if any(len(part.encode()) > MAX_NAME for part in parts):
        return f"has a name of more than {MAX_NAME} bytes"
    if any(part.partition(".")[0].rstrip().casefold() in _DEVICES for part in parts):
        return "has a name that is a device on Windows"
    if not path.endswith((".yaml", ".yml")):
        return "is no YAML file"
    return ""


def _clashes(paths: list[str]) -> Iterator[tuple[str, str]]:
    """Give each path that can't be written beside another one, and why."""
    files: dict[str, str] = {}
    for path in paths:
        other = files.setdefault(_folded(path), path)
        if other != path:
            yield path, f"is the same as {_shown(other)} on many disks"
    for path in paths:
        parts = _folded(path).split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        file = next((files[folder] for folder in above if folder in files), None)
        if file is not None:
            yield path, f"leads through {_shown(file)}, which is a file"


def _folded(path: str) -> str:
    """Give one spelling for all that a disk may take for the same (caseless matching, Unicode 3.13, D145)."""
    return normalize("NFD", normalize("NFD", path).casefold())


def _problem(path: str, wrong: str) -> SourceProblem:
    hint = "paths are relative to the survey folder, with `/`, and end with .yaml or .yml"
    return SourceProblem(Position(_shown(path), 1, 1), "bad_path", f"the path {wrong}", hint)


def _shown(path: str) -> str:
    shown = ascii(path)[1:-1]  # whoever sent it chose what a terminal or a log would show
    return shown if len(shown) <= MAX_PATH else f"{shown[:MAX_PATH]}..."
