"""Merges the files of a survey folder by their top-level keys; an id given twice is reported with both places."""

from __future__ import annotations

from msgspec import Struct

from tactful_rules.model.folder import Position
from tactful_rules.source.reading.report import Report, look_up
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, Sequence, describe, is_null, quote, words_of

MAPS = ("owners", "touchpoints", "rules", "questionnaires", "channels", "sinks", "alerts")
"""Merged by id over all files."""
ONCE = ("settings", "journey", "do_not_disturb")
"""Stand in one file only."""
LISTS = ("tests",)
"""Joined over all files."""
TOP_LEVEL = ("settings", "journey", "owners", "touchpoints", "rules", "questionnaires", "channels",
             "do_not_disturb", "sinks", "alerts", "tests")  # fmt: skip


class Section(Struct, frozen=True, eq=False):
    """A top-level key over all files: the position of its first mention, and its merged value."""

    at: Position
    node: Node


def merge(documents: list[Node], report: Report) -> dict[str, Section]:
    """Join documents, in the order of their files, into sections by top-level key."""
    sections: dict[str, Section] = {}
    misspelt: list[tuple[Scalar, Node]] = []
    for document in documents:
        if not isinstance(document, Mapping):
            message = f"a file holds a map of top-level keys, not {describe(document)}"
            report.error(document.at, "wrong_type", message, "begin with a key like `rules:`")
            continue
        for key, node in document.entries:
            twice = document.get(key.text) is not node
            if twice and key.text not in MAPS:
                report.leave_out(words_of(node))
            elif key.text not in TOP_LEVEL:
                near, hint = look_up(key.text, TOP_LEVEL)
                named = f"`{key.text}`" if near else quote(key)
                report.error(key.at, "unknown_key", f"there is no top-level key {named}", hint)
                if near is not None and (near in MAPS or document.get(near) is None) and not is_null(node):
                    misspelt.append((Scalar(key.at, near, near), node))
                else:
                    report.leave_out(words_of(node))
            elif not is_null(node):
                _add(sections, key, node, report)
    for key, node in misspelt:  # behind the others, so that an id in both is blamed on the misspelt one
        _add(sections, key, node, report)
    return sections


def _add(sections: dict[str, Section], key: Scalar, node: Node, report: Report) -> None:
    name = key.text
    expected = Mapping if name in MAPS else Sequence if name in LISTS else None
    if expected is not None and not isinstance(node, expected):
        shape = "a map by id" if expected is Mapping else "a list"
        report.error(node.at, "wrong_type", f"`{name}` must be {shape}, not {describe(node)}")
        report.leave_out(words_of(node))
        return
    first = sections.get(name)
    if first is None:
        sections[name] = Section(key.at, node)
    elif isinstance(first.node, Mapping) and isinstance(node, Mapping) and name in MAPS:
        sections[name] = Section(first.at, _join(name, first.node, node, report))
    elif isinstance(first.node, Sequence) and isinstance(node, Sequence) and name in LISTS:
        sections[name] = Section(first.at, Sequence(first.node.at, first.node.items + node.items))
    else:
        message = f"`{name}` stands in {first.at.file} line {first.at.line} already"
        report.error(key.at, "duplicate_section", message, "write it in one file only")


def _join(name: str, first: Mapping, second: Mapping, report: Report) -> Mapping:
    """Join two maps by id; an id in both is reported, and both entries are kept for the mistakes in them."""
    known = {key.text: key.at for key, _ in reversed(first.entries)}
    for key, _ in second.entries:
        if key.text in known:
            at = known[key.text]
            message = f"{quote(key)} is in `{name}` of {at.file} line {at.line} already"
            report.error(key.at, "duplicate_id", message, "rename or remove one of them")
    return Mapping(first.at, first.entries + second.entries)
