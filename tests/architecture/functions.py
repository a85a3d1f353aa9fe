"""Finds functions and their lengths in lines: Python by its own parser, TypeScript by matching braces.

In TypeScript a function that makes others (our way to write a class with private state) counts only its own lines.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """A function's name, where it begins, and how many lines it has from its first to its last."""

    name: str
    line: int
    length: int


def python_functions(source: str) -> list[Function]:
    """Give every function and method, nested ones too, without their decorators."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            found.append(Function(node.name, node.lineno, node.end_lineno - node.lineno + 1))
    return found


# A body opens after a parameter list (and perhaps a return type) or after an arrow; `if (...) {` and its like do not.
_OPENING = re.compile(r"(?:\)\s*(?::[^{};=]*)?|=>\s*)$")
_CONTROL = re.compile(r"\b(if|for|while|switch|catch|with)\s*\($")
_NAME = re.compile(r"([A-Za-z_$][\w$]*)\s*(?:<[^<>()]*>)?\s*\($")
_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL)


def typescript_functions(source: str) -> list[Function]:
    """Give every function with a body in braces; strings and comments are blanked first, so that only code counts."""
    code = _TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)
    found: list[Function] = []
    opened: list[_Open] = []
    for place, sign in enumerate(code):
        if sign == "{":
            opened.append(_Open(_function_name(code[:place]), code.count("\n", 0, place) + 1))
        elif sign == "}" and opened:
            closed = opened.pop()
            length = code.count("\n", 0, place) + 2 - closed.line
            if closed.name is not None:
                found.append(Function(closed.name, closed.line, length - closed.inner))
            if opened:
                opened[-1].inner += length if closed.name is not None else closed.inner
    return found


@dataclass
class _Open:
    """A brace that is not closed yet; `inner` are the lines of functions within."""

    name: str | None
    line: int
    inner: int = 0


def _function_name(before: str) -> str | None:
    """Give the name of the function whose body opens after `before` ("=>" for an arrow), or None for another block."""
    recent = before[-400:]
    opening = _OPENING.search(recent)
    if opening is None:
        return None
    if opening[0].startswith("="):
        return "=>"
    head = _head(recent[: opening.start()])
    if head is None or _CONTROL.search(head):
        return None
    name = _NAME.search(head)
    return name[1] if name else "=>"


def _head(text: str) -> str | None:
    """Cut `text`, which ends inside a parameter list, right after the bracket that opens the list."""
    depth = 1
    for place in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[place], 0)
        if depth == 0:
            return text[: place + 1]
    return None
