"""Finds and reads the files of a survey folder; nothing it meets on the disk is raised, all of it is reported."""

from __future__ import annotations

import os
from pathlib import Path

from tactful_rules.model.folder import Position, SourceProblem
from tactful_rules.source.reading.report import Report

MAX_FILE = 1 << 20
"""Bytes; a folder of a thousand rules has about 400 KiB in all."""
MAX_FILES = 2_000
MAX_FOLDER = 8 << 20
"""Bytes of all files together."""
_SUFFIXES = (".yaml", ".yml")
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})


def read_folder(folder: Path, report: Report) -> dict[str, str]:
    """Give the text of every YAML file below `folder` by its relative path with `/`, in path order."""
    here = Position(".", 1, 1)
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.is_file() else "does not exist"
        report.incomplete = True
        report.error(
            here, "no_folder", f"the survey folder {folder} {what}", "check the path; `tactful init` makes one"
        )
        return {}
    names = _find(folder, report)
    if not names and not report.has_errors():
        message = f"no .yaml or .yml file is below {folder}"
        report.error(here, "empty_folder", message, "`tactful init` makes a folder to start from")
    texts: dict[str, str] = {}
    size = 0
    for name in names:
        text = _read(folder, name, report)
        if text is not None:
            texts[name] = text
            size += len(text)
        if size > MAX_FOLDER:  # whoever reads the texts refuses them; there is no use in more
            break
    return texts


def refuse_size(name: str, report: Report, *, whole: bool) -> None:
    """Report a file that is too big, or with `whole` the one at which the whole folder gets too big."""
    report.incomplete = True
    message = f"the file is larger than {MAX_FILE} bytes"
    if whole:
        message = f"the files of the survey folder are larger than {MAX_FOLDER} bytes together"
    hint = "is it the survey folder?" if whole else "split it into several files"
    report.error(Position(name, 1, 1), "too_big", message, hint)


def read_files(folder: Path) -> tuple[dict[str, str], tuple[SourceProblem, ...]]:
    """Give the texts of a survey folder by path, and what kept any of them from being read; nobody looks inside."""
    report = Report()
    texts = read_folder(folder, report)
    return texts, report.problems()


def _find(folder: Path, report: Report) -> list[str]:
    """Walk without following links to folders, so that a loop of links ends."""
    names: list[str] = []

    def unreadable(error: OSError) -> None:
        report.incomplete = True
        place = Path(error.filename).relative_to(folder).as_posix() if error.filename else "."
        report.error(Position(place, 1, 1), "unreadable", f"the folder can't be read: {error.strerror}")

    for root, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        below = Path(root).relative_to(folder)
        names += [(below / name).as_posix() for name in files if name.endswith(_SUFFIXES) and not name.startswith(".")]
        if len(names) > MAX_FILES:
            report.incomplete = True
            message = f"more than {MAX_FILES} YAML files are below this folder"
            report.error(Position(".", 1, 1), "too_many_files", message, "is it the survey folder?")
            return []
    return sorted(names, key=lambda name: name.split("/"))


def _read(folder: Path, name: str, report: Report) -> str | None:
    start = Position(name, 1, 1)
    report_problem: tuple[str, str, str] | None
    try:
        if not (folder / name).is_file():
            report_problem = ("unreadable", "this is no file, or a link that leads nowhere", "remove it")
        else:
            with (folder / name).open("rb") as file:
                data = file.read(MAX_FILE + 1)
            if len(data) <= MAX_FILE:
                return data.decode("utf-8-sig")
            refuse_size(name, report, whole=False)
            return None
    except OSError as error:
        report_problem = ("unreadable", f"the file can't be read: {error.strerror}", "")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        start = Position(name, line, 1)
        report_problem = ("not_utf8", f"the byte 0x{error.object[error.start]:02x} is not UTF-8", "save it as UTF-8")
    report.incomplete = True
    report.error(start, *report_problem)
    return None
