"""YAML 1.2 text to positioned values: `no`, `on` and `21:00` stay text, and hostile documents are refused fast."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import yaml

from tactful_rules.model.folder import Position
from tactful_rules.source.reading.report import Report
from tactful_rules.source.reading.salvage import cut_entry, restore_variables, tame_variables
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, Sequence, quote

MAX_DEPTH = 50
_ENTRIES_LEFT_OUT = 20
"""How many mistakes of syntax a file may have before the rest of it is not looked at."""
_READ_AGAIN = 2_000_000
"""Characters read again beside mistakes of syntax, so that a huge file with many of them is refused fast, too."""
_LEFT_OUT = frozenset({"yaml_syntax", "yaml_tag", "unknown_alias"})
_QUOTE_VARIABLE = 'put a text with `${NAME}` in quotes, like `"${HOME}/x"`'
MAX_ALIASED = 10_000
"""How many values all aliases together may stand for; a hand-written folder needs a few hundred."""
_SECTIONS_AND_IDS = 2
"""The depth down to which a map's keys are top-level keys or ids."""
_LARGEST = 2**53
"""Beyond it JSON numbers are no longer exact in a browser."""

_LOADER = yaml.CLoader if yaml.__with_libyaml__ else yaml.Loader
_CORE = "tag:yaml.org,2002:"
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")
_NO_SPACE = re.compile(r"[A-Za-z_][\w.-]*:[^\s:].*", re.ASCII)
_SPACE = "write `key: value`"
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class _RefusedError(Exception):
    """A document is not taken; carries code, message, hint, position, the line of the mistake, an unknown alias."""

    def __init__(
        self, at: Position, code: str, message: str, hint: str = "", line: int | None = None, alias: str = ""
    ) -> None:
        super().__init__(message)
        self.at, self.code, self.message, self.hint = at, code, message, hint
        self.line = at.line if line is None else line
        self.alias = alias


def parse(text: str, file: str, report: Report) -> Node | None:
    """Read one document; None when it is empty or was refused, which `report` then says.

    Only structure is judged here. Duplicate keys are reported, and the first one holds. An entry with a mistake in its
    syntax is left out, and what stands around it is read.
    """
    taken_out = ""
    for _ in range(1 + min(_ENTRIES_LEFT_OUT, _READ_AGAIN // (len(text) + 1))):
        try:
            return _compose(text, file, report)
        except _RefusedError as refused:
            if refused.code != "unknown_alias" or refused.alias not in taken_out:
                report.error(refused.at, refused.code, refused.message, refused.hint)
            left = _without(text, refused)
        if left is None:
            break
        text, cut = left
        taken_out += cut
        report.leave_out(cut)
    report.incomplete = True
    return None


def _compose(text: str, file: str, report: Report) -> Node | None:
    try:
        _check_characters(text, file)
        return _Composer(text, file, report).document()
    except yaml.YAMLError as error:
        raise _describe_syntax(error, text, file) from error


def _without(text: str, refused: _RefusedError) -> tuple[str, str] | None:
    """Give a text that can be read further, and what was taken out; None when it is hostile or nothing is left."""
    if refused.code not in _LEFT_OUT:
        return None
    tamed = tame_variables(text, refused.at.line) if refused.hint == _QUOTE_VARIABLE else text
    if tamed != text:
        return tamed, ""
    return cut_entry(text, refused.line)


def _check_characters(text: str, file: str) -> None:
    found = _NOT_PRINTABLE.search(text)
    if found:
        breaks = list(_BREAK.finditer(text, 0, found.start()))
        column = found.start() - (breaks[-1].end() if breaks else 0) + 1
        at = Position(file, len(breaks) + 1, column)
        message = f"the character U+{ord(found.group()):04X} may not stand in YAML"
        raise _RefusedError(at, "yaml_syntax", message, "remove it, or write it as an escape in double quotes")


def _describe_syntax(error: yaml.YAMLError, text: str, file: str) -> _RefusedError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
    parts = [getattr(error, "context", None), getattr(error, "problem", None)]
    message = ", ".join(part for part in parts if part) or "this is not YAML"
    lines = _BREAK.split(text)
    if at.line > len(lines):  # libyaml counts the end of the text as a line of its own
        at = Position(file, len(lines), len(lines[-1]) + 1)
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    rest = line[at.column - 1 :]
    begun = _find_beginning(error, at)
    hint = ""
    key = getattr(error, "context_mark", None)
    if rest.startswith("\t"):
        message, hint = "a tab may not indent YAML", "use spaces"
    elif rest[:1] in {"@", "`", "%"}:
        hint = f"put a text that begins with `{rest[0]}` in quotes"
    elif line[max(0, at.column - 2) :].startswith("${"):
        at = Position(file, at.line, at.column - 1)
        message, hint = "a brace ends a text inside `{...}` and `[...]`", _QUOTE_VARIABLE
    elif "mapping values are not allowed" in message:
        hint = "put a text that holds `: ` in quotes, or check the indentation"
    elif "block scalar" in message:
        message = "a text that begins with `>` or `|` goes on in the lines below"
        hint = "put it in quotes; a test of a number is written like `{at_least: 10}`"
    elif (
        "find expected ':'" in message and key and _NO_SPACE.match("".join(lines[key.line : key.line + 1]), key.column)
    ):
        at, begun = Position(file, key.line + 1, key.column + 1), key.line + 1
        message, hint = "a colon without a space after it makes no key", _SPACE
    elif "expected ',' or" in message:
        hint = f"close what begins in line {begun}, or put a text that holds a brace, a bracket or a comma in quotes"
    return _RefusedError(at, "yaml_syntax", message, hint, begun)


def _find_beginning(error: yaml.YAMLError, at: Position) -> int:
    """Give the line in which what was not closed begins: the mistake is noticed at some later entry."""
    mark, context = getattr(error, "context_mark", None), getattr(error, "context", None) or ""
    return mark.line + 1 if mark is not None and ("flow" in context or "quoted" in context) else at.line


class _Built:
    """A composed node with its size (values in it, aliases counted in full) and height."""

    __slots__ = ("height", "node", "size")

    def __init__(self, node: Node, size: int, height: int) -> None:
        self.node, self.size, self.height = node, size, height


class _Composer:
    """Builds nodes from the parser's events, so that depth and aliases are bounded before they cost anything."""

    def __init__(self, text: str, file: str, report: Report) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_LOADER))
        self._file = file
        self._report = report
        self._anchors: dict[str, _Built | None] = {}
        self._aliased = 0

    def document(self) -> Node | None:
        """Compose the only document of the file."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                node = self._compose(next(self._events), 1).node
                if root is not None:
                    message = "a second document begins here"
                    raise _RefusedError(self._at(event), "multiple_documents", message, "put it into a file of its own")
                root = None if isinstance(node, Scalar) and node.value is None else node
        return root

    def _at(self, event: yaml.Event) -> Position:
        mark = event.start_mark
        assert mark is not None, "the parser marks every event"
        return Position(self._file, mark.line + 1, mark.column + 1)

    def _is_private(self, at: Position) -> bool:
        return self._report.is_private(self._file, at.line)

    def _quote(self, event: yaml.Event, word: str) -> str:
        return "this" if self._is_private(self._at(event)) else f"`{word}`"

    def _compose(self, event: yaml.Event, depth: int) -> _Built:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if depth > MAX_DEPTH:
            raise _RefusedError(self._at(event), "too_deep", f"nested more than {MAX_DEPTH} levels deep")
        anchor: str | None = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            built = _Built(self._scalar(event), 1, 1)
        elif isinstance(event, yaml.SequenceStartEvent):
            built = self._sequence(event, depth)
        else:
            built = self._mapping(event, depth)
        if anchor is not None:
            self._anchors[anchor] = built
        return built

    def _alias(self, event: yaml.AliasEvent, depth: int) -> _Built:
        at = self._at(event)
        if event.anchor not in self._anchors:
            shown = self._quote(event, f"*{event.anchor}")
            message = f"no anchor stands before {shown}"
            raise _RefusedError(at, "unknown_alias", message, alias=event.anchor or "")
        built = self._anchors[event.anchor]
        if built is None:
            raise _RefusedError(
                at,
                "too_many_aliases",
                f"{self._quote(event, '*' + event.anchor)} stands inside the value that it names",
            )
        self._aliased += built.size
        if self._aliased > MAX_ALIASED:
            message = f"the aliases stand for more than {MAX_ALIASED} values"
            raise _RefusedError(at, "too_many_aliases", message, "write some of them out")
        if depth + built.height - 1 > MAX_DEPTH:
            raise _RefusedError(at, "too_deep", f"nested more than {MAX_DEPTH} levels deep through an alias")
        return built

    def _sequence(self, start: yaml.Event, depth: int) -> _Built:
        self._check_tag(start, "seq")
        items: list[Node] = []
        size, height = 1, 1
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            built = self._compose(event, depth + 1)
            items.append(built.node)
            size += built.size
            height = max(height, built.height + 1)
        return _Built(Sequence(self._at(start), tuple(items)), size, height)

    def _mapping(self, start: yaml.Event, depth: int) -> _Built:
        self._check_tag(start, "map")
        entries: dict[str, tuple[Scalar, Node]] = {}
        again: list[tuple[Scalar, Node]] = []
        merged: list[tuple[Scalar, Node]] = []
        size, height = 1, 1
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._compose(event, depth + 1)
            value = self._compose(next(self._events), depth + 1)
            size += key.size + value.size
            height = max(height, key.height + 1, value.height + 1)
            if _is_merge(event):
                merged.extend(self._merged(self._at(event), value.node))
            else:
                again += self._add(entries, event, key.node, value.node)
        for name, node in merged:
            entries.setdefault(name.text, (name, node))
        # Of a section or an id that stands twice the second is read too, for the mistakes in it.
        second = again if depth <= _SECTIONS_AND_IDS else []
        return _Built(Mapping(self._at(start), (*entries.values(), *second)), size, height)

    def _add(
        self, entries: dict[str, tuple[Scalar, Node]], event: yaml.Event, key: Node, value: Node
    ) -> list[tuple[Scalar, Node]]:
        """Add an entry, or report that it can't be, and give it back where its key stands there already."""
        at = self._at(event)
        if not isinstance(key, Scalar) or key.value is None:
            self._report.error(at, "wrong_type", "a key must be a word", "check for a stray `?`, `:`, `{` or `[`")
        elif isinstance(event, yaml.ScalarEvent) and not event.style and _lacks_space(key, value):
            self._report.error(at, "yaml_syntax", "a colon without a space after it makes no key", _SPACE)
        elif key.text in entries:
            first = entries[key.text][0].at
            message = f"{quote(key)} stands here a second time; the first is in line {first.line}"
            self._report.error(at, "duplicate_key", message, "keep one of them")
            return [(Scalar(at, key.text, key.value, key.private), value)]
        else:
            entries[key.text] = (Scalar(at, key.text, key.value, key.private), value)
        return []

    def _merged(self, at: Position, node: Node) -> list[tuple[Scalar, Node]]:
        sources = node.items if isinstance(node, Sequence) else (node,)
        entries: list[tuple[Scalar, Node]] = []
        for source in sources:
            if isinstance(source, Mapping):
                entries.extend(source.entries)
            else:
                self._report.error(at, "wrong_type", "`<<` takes a map, or a list of maps", "write `<<: *name`")
        return entries

    def _check_tag(self, event: yaml.Event, kind: str) -> None:
        tag: str | None = getattr(event, "tag", None)
        if tag is not None and tag not in ("!", _CORE + kind):
            message = f"the tag {self._quote(event, _shown(tag))} means nothing here"
            raise _RefusedError(self._at(event), "yaml_tag", message, "remove it")

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        at, text, tag = self._at(event), restore_variables(event.value), event.tag
        private = self._is_private(at)
        if tag in ("!", _CORE + "str") or (tag is None and event.style):
            return Scalar(at, text, text, private)
        value = _resolve(text)
        if tag is not None and tag != _CORE + _type_name(value):
            message = f"the tag {self._quote(event, _shown(tag))} does not fit here"
            raise _RefusedError(at, "yaml_tag", message, "remove it")
        if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= _LARGEST):
            self._report.error(at, "bad_number", "a number must be finite and within 2^53", "put a long id in quotes")
            return Scalar(at, text, 0, private)
        return Scalar(at, text, value, private)


def _is_merge(event: yaml.Event) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.value == "<<" and not event.style


def _lacks_space(key: Scalar, value: Node) -> bool:
    """Tell whether this is `{locale:en}`, which YAML takes for a key with a colon in it and nothing behind."""
    return isinstance(value, Scalar) and value.text == "" and _NO_SPACE.fullmatch(key.text) is not None


def _shown(tag: str) -> str:
    return tag.replace(_CORE, "!!")


def _resolve(text: str) -> bool | int | float | str | None:
    """Give a plain scalar's value by the core schema (YAML 1.2.2, section 10.3.2)."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        if text[:2] in ("0o", "0x"):
            return int(text[2:], 8 if text[1] == "o" else 16) if len(text) < 30 else math.inf
        return int(text) if len(text) < 30 else math.inf
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _type_name(value: bool | float | str | None) -> str:
    if value is None:
        return "null"
    names = {bool: "bool", int: "int", float: "float"}
    return names.get(type(value), "str")
