"""`${NAME}` in sinks, channels and owners' addresses; a value from the environment never reaches a message."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from typing import Any

from tactful_rules.source.merge import Section
from tactful_rules.source.reading.report import Report
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, Sequence

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ANY = re.compile(r"\$\{([^}]*)\}?")


class MissingVariablesError(Exception):
    """Variables that the survey folder names are not set; `names` says which."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"not set in the environment: {', '.join(names)}")
        self.names = names


def resolve(options: AnyMapping[str, Any], environ: AnyMapping[str, str]) -> dict[str, Any]:
    """Give a copy of `options` with every `${NAME}` replaced, at any depth.

    Raises:
        MissingVariablesError: names all variables that are not set, never a value.
    """
    missing = sorted(variables(options) - set(environ))
    if missing:
        raise MissingVariablesError(tuple(missing))
    return {key: _replace(value, environ) for key, value in options.items()}


def variables(value: object) -> set[str]:
    """Give the names of all variables in a value, at any depth."""
    if isinstance(value, str):
        return set(_VARIABLE.findall(value))
    if isinstance(value, AnyMapping):
        return set().union(*(variables(part) for part in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(variables(part) for part in value))
    return set()


def _replace(value: Any, environ: AnyMapping[str, str]) -> Any:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: environ[found[1]], value)
    if isinstance(value, AnyMapping):
        return {key: _replace(part, environ) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_replace(part, environ) for part in value]
    return value


def check_variables(sections: AnyMapping[str, Section], report: Report) -> None:
    """Report `${NAME}` where nothing replaces it, and malformed names where something does."""
    for name, section in sections.items():
        _walk(section.node, (name,), report)


def _allowed(path: tuple[str, ...]) -> bool:
    if path[0] == "owners":
        return path[2:3] == ("notify",)
    return path[0] in ("sinks", "channels") and path[2:3] not in (("where",), ("kind",), ("events",))


def _walk(node: Node, path: tuple[str, ...], report: Report) -> None:
    if isinstance(node, Scalar):
        if "${" in node.text:
            _check(node, path, report)
    elif isinstance(node, Sequence):
        for item in node.items:
            _walk(item, path, report)
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            _walk(value, (*path, key.text), report)


def _check(node: Scalar, path: tuple[str, ...], report: Report) -> None:
    for found in _ANY.finditer(node.text):
        if not _VARIABLE.fullmatch(found[0]):
            shown = "this" if node.private else f"`{found[0][:40]}`"
            message = f"{shown} names no variable of the environment"
            report.error(node.at, "bad_variable", message, "write it like `${SMS_URL}`")
        elif not _allowed(path):
            message = f"`{found[0]}` is not replaced here"
            hint = "variables work in the options of sinks and channels, and in `notify` of owners"
            report.error(node.at, "variable_not_allowed", message, hint)
            return
