"""Reads a JSON body into a type; the fast way for good ones, and a second look at bad ones to find every problem."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from tactful_gateway.http.problems import ApiError
from tactful_gateway.ledger.commands import Problem
from tactful_rules.source import listing

MAX_DEPTH = 16
"""Deepest nesting of params, traits and answers: far more than any of them needs."""
SUGGESTIONS = 10
"""Unknown keys that get a "did you mean": looking for one takes 20 µs, and a body has room for thousands."""
_INT64 = 2**63
_DIGITS = bytes(ord("0") if chr(byte).isdecimal() else ord(" ") for byte in range(128)) + b" " * 128
_SUSPECT = b"0" * 19
_PATH = re.compile(r" - at `(?:key` in `)?\$?\.?(.*)`$")

T = TypeVar("T", bound=Struct)


def read_json(body: bytes, kind: type[T]) -> T:
    """Decode `body` into `kind`.

    Raises:
        ApiError: `bad_json`, `too_deep`, or `invalid_request` with all problems.
    """
    try:
        _check_shape(body)
        decoded: T = _decoder(kind).decode(body)
    except msgspec.ValidationError:
        document = _parse(body)
        raise ApiError("invalid_request", tuple(find_problems(document, kind))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError("bad_json", detail=str(error)) from None
    except RecursionError:
        raise ApiError("too_deep") from None
    return decoded


@cache
def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(kind)


def find_problems(document: Any, kind: type[Struct]) -> Iterator[Problem]:
    """List what keeps `document` from being a `kind`: unknown keys with a suggestion, missing and ill-typed fields."""
    if not isinstance(document, dict):
        yield Problem("", "wrong_type", "The body must be a JSON object.")
        return
    known = {field.encode_name: field for field in fields(kind)}
    for place, key in enumerate(key for key in document if key not in known):
        yield Problem(key, "unknown_key", f"Unknown key.{suggest(key, known) if place < SUGGESTIONS else ''}")
    for name, field in known.items():
        if name in document:
            yield from field_problems(document[name], name, field)
        elif field.required:
            yield Problem(name, "missing", "This key is required.")


def field_problems(value: Any, name: str, field: FieldInfo, *, strict: bool = True) -> Iterator[Problem]:
    """Say what keeps a value from being this field's; texts may stand for numbers where it isn't `strict`."""
    try:
        msgspec.convert(value, field.type, strict=strict)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PATH.search(text)
        inner = found.group(1) if found else ""
        separator = "." if inner and not inner.startswith("[") else ""
        yield Problem(f"{name}{separator}{inner}", "wrong_type", f"{_PATH.sub('', text)}.{_wanted(field)}")


def _wanted(field: FieldInfo) -> str:
    """Say what may be sent instead where the type knows: the words of a literal, or its own description."""
    if get_origin(field.type) is Literal:
        return f" One of {listing(get_args(field.type))}."
    notes = [note for part in get_args(field.type) for note in getattr(part, "__metadata__", ())]
    described = [note.description for note in notes if isinstance(note, msgspec.Meta) and note.description]
    return f" Send {described[0]}." if described else ""


def suggest(key: str, known: Collection[str]) -> str:
    """Name the nearest of the known names, if one is near; to stand behind a sentence."""
    near = difflib.get_close_matches(key, known, n=1)
    return f" Did you mean `{near[0]}`?" if near else ""


def _parse(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise ApiError("bad_json", detail=str(error)) from None


def _check_shape(body: bytes) -> None:
    """Refuse what the store can't keep: numbers beyond 64 bits and bottomless nesting.

    Only a body that looks suspicious is walked: one with a run of 19 digits, or with more brackets than levels allowed.
    A regular expression takes four times as long to find such a run, and `in` twice: it tries bytes as a number first.
    """
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH and body.translate(_DIGITS).find(_SUSPECT) < 0:
        return
    problems = tuple(_shape_problems(_parse(body)))
    if any(problem.code == "too_deep" for problem in problems):
        raise ApiError("too_deep")
    if problems:
        raise ApiError("invalid_request", problems)


def _shape_problems(document: Any) -> Iterator[Problem]:
    level = [("", document)]
    for _ in range(MAX_DEPTH):
        below: list[tuple[str, Any]] = []
        for path, value in level:
            if isinstance(value, int) and not -_INT64 <= value < _INT64:
                yield Problem(path, "out_of_range", "Whole numbers must fit in 64 bits.")
            elif isinstance(value, dict):
                below += [(f"{path}.{key}" if path else key, inner) for key, inner in value.items()]
            elif isinstance(value, list):
                below += [(f"{path}[{index}]", inner) for index, inner in enumerate(value)]
        level = below
    if level:
        yield Problem("", "too_deep", f"At most {MAX_DEPTH} levels.")
