"""Judges the paths of a survey folder that was sent: each must be one that the folder's own reader could have found."""

from __future__ import annotations

from collections.abc import Iterable

from tactful_rules.model.folder import Position, SourceProblem
from tactful_rules.source import MAX_FILES

MAX_PATH = 200
"""Characters; whoever gets a version back must be able to write it to any disk."""
_RESERVED = frozenset('\\:*?"<>|')
"""Special on one system or another."""


def check_paths(paths: Iterable[str]) -> tuple[SourceProblem, ...]:
    """Give a problem for each path that leads out of a folder or can't stand in one, and for too many of them."""
    names = list(paths)
    if not names:
        message, hint = "no file was sent", "send `files`: the text of each YAML file by its path"
        return (SourceProblem(Position(".", 1, 1), "empty_folder", message, hint),)
    if len(names) > MAX_FILES:
        message = f"{len(names)} files were sent, and {MAX_FILES} are the most"
        return (SourceProblem(Position(".", 1, 1), "too_many_files", message, "is it the survey folder?"),)
    return tuple(_problem(name, wrong) for name in sorted(names) if (wrong := _wrong_with(name)))


def _wrong_with(path: str) -> str:
    parts = path.split("/")
    if len(path) > MAX_PATH:
        return f"is longer than {MAX_PATH} characters"
    if not path.isprintable() or _RESERVED & set(path):
        return "has a character that not every disk takes"
    if path.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return "does not lead to a file inside the folder"
    if any(part.startswith(".") or part != part.strip() for part in parts):
        return "names something hidden, or has a space at its edge"
    if not path.endswith((".yaml", ".yml")):
        return "is no YAML file"
    return ""


def _problem(path: str, wrong: str) -> SourceProblem:
    shown = ascii(path)[1:-1]  # whoever sent it chose what a terminal or a log would show
    shown = shown if len(shown) <= MAX_PATH else f"{shown[:MAX_PATH]}..."
    hint = "paths are relative to the survey folder, with `/`, and end with .yaml or .yml"
    return SourceProblem(Position(shown, 1, 1), "bad_path", f"the path {wrong}", hint)
