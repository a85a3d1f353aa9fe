"""The console that every command prints to; what comes from files and gateways can't steer the terminal behind it."""

from __future__ import annotations

import json
import os
from typing import Any

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.segment import Segment

from tactful_gateway.terminal import show_hidden, show_hidden_in_json

_WIDE = 200


def make_console(*, stderr: bool = False, wide: bool = False) -> Console:
    """Give a console that colours nothing by itself and never breaks a line in two.

    A `wide` one gives a table more room where no terminal says how much there is.
    """
    width = _WIDE if wide and not os.isatty(2 if stderr else 1) else None
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)
    console.push_render_hook(_ShowHidden())
    return console


def print_json(document: Any) -> None:
    """Print a document of plain values as JSON for programs, which people look at, too."""
    print(show_hidden_in_json(json.dumps(document, ensure_ascii=False, indent=2)))


class _ShowHidden(RenderHook):
    """Shows what is hidden in whatever is printed, tables included; colours and cursor moves are the console's own."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Shown(renderable) for renderable in renderables]


class _Shown:
    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self._content, options):
            yield Segment(text if control else show_hidden(text, keep="\n\t"), style, control)
