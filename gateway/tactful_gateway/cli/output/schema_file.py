"""The schema that a survey folder keeps for editors: its files name it in their first line.

It has the folder's ids, so it must follow them: `tactful check` writes it again where it has become another.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from tactful_gateway.channels.registry import options_by_kind
from tactful_gateway.sinks.registry import KINDS
from tactful_rules.model.folder import SurveyFolder
from tactful_rules.source import json_schema

SCHEMA_FILE = ".tactful/schema.json"
"""In a hidden folder, which no survey folder reads its files from."""
MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"
"""The first line of a file beside it; a file in a folder below says `../.tactful/schema.json`."""


def write_schema(folder: SurveyFolder | None) -> str:
    """Give the schema's text, with the ids of a folder where there is one."""
    return json.dumps(json_schema(folder, KINDS, options_by_kind()), ensure_ascii=False, indent=2) + "\n"


def keep_schema(place: Path, folder: SurveyFolder) -> None:
    """Write the schema into a survey folder, whole at once: an editor may be reading it.

    Raises:
        OSError: it can't be written.
    """
    file = place / SCHEMA_FILE
    file.parent.mkdir(exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_text(write_schema(folder), encoding="utf-8")
    fresh.replace(file)


def refresh_schema(place: Path, folder: SurveyFolder) -> None:
    """Write the schema again where a folder keeps one that has become another.

    Raises:
        OSError: it can't be written.
    """
    file = place / SCHEMA_FILE
    if file.exists() and file.read_text(encoding="utf-8", errors="replace") != write_schema(folder):
        keep_schema(place, folder)
