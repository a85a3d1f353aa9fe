"""Finds where a survey folder names variables that the gateway doesn't give it; no problem holds a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tactful_gateway.settings import PREFIX
from tactful_rules.model.folder import Loaded, Position, SourceProblem
from tactful_rules.source import variables

Path = tuple[str, ...]


def find_unset(options: object, path: Path, loaded: Loaded, environ: Mapping[str, str]) -> dict[SourceProblem, str]:
    """Give a problem for each place below `path` with a variable that can't be had, and the variable's name."""
    found: dict[SourceProblem, str] = {}
    for below, text in _texts(options, path):
        for variable in sorted(variables(text)):
            if variable.startswith(PREFIX) or variable not in environ:
                found[_problem(variable, place_of(below, loaded), loaded)] = variable
    return found


def place_of(path: Path, loaded: Loaded) -> Position:
    """Give where something stands, or else the nearest thing around it."""
    around = (path[:end] for end in range(len(path), 0, -1))
    return next((loaded.positions[part] for part in around if part in loaded.positions), Position(".", 1, 1))


def line_at(place: Position, loaded: Loaded) -> str:
    """Give the line of the file that a problem quotes."""
    lines = loaded.files.get(place.file, "").splitlines()
    return lines[place.line - 1] if place.line <= len(lines) else ""


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _texts(part, (*path, str(index)))


def _problem(variable: str, place: Position, loaded: Loaded) -> SourceProblem:
    source = line_at(place, loaded)
    if variable.startswith(PREFIX):  # settings and keys: who may publish may not have them sent somewhere
        message, hint = f"`{variable}` is Tactful's own", f"name the folder's variable otherwise, without {PREFIX}"
        return SourceProblem(place, "reserved_variable", message, hint, source=source)
    message, hint = f"`{variable}` is not set in the gateway's environment", "set it there, and start the gateway again"
    return SourceProblem(place, "unset_variable", message, hint, source=source)
