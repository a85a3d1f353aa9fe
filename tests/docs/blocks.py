"""Reads the fenced blocks of a Markdown page; the words after a fence's language say what to do with it.

`sh` runs in one shell session with all other blocks. `sh background URL` is started and awaited at its URL. `sh clone`
and `sh install` are commands for a machine that has nothing yet. `yaml FILE` and `csv FILE` are written to that file.
In `python`, what a comment after `print(...)` says must be what is printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<language>\w+)(?P<words>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_PRINTED = re.compile(r"^\s*print\(.*\)  # (?P<said>.+)$", re.MULTILINE)
RUNNABLE = ("sh", "python", "yaml", "csv")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the words after it, what stands in it, and the line it begins on."""

    language: str
    words: tuple[str, ...]
    body: str
    line: int

    @property
    def kind(self) -> str:
        """What to do with it: the first word of a shell block, else the language."""
        return self.words[0] if self.language == "sh" and self.words else self.language

    def printed(self) -> list[str]:
        """Give what a Python block says it prints, in order."""
        return [match["said"] for match in _PRINTED.finditer(self.body)]


def read_blocks(page: Path) -> list[Block]:
    """Give a page's blocks in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["language"], tuple(found["words"].split()), found["body"], text.count("\n", 0, found.start()) + 1)
        for found in _FENCE.finditer(text)
    ]
