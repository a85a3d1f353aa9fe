"""Checks the options of a sink or channel against its kind's config struct, all problems in one go.

An option that still holds `${NAME}` is judged only by its presence: its value is not known before serve time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol, get_args

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo

_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
MEANT = "; did you mean"
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")


class OptionProblem(NamedTuple):
    """One thing wrong with options: the option's dotted key, a stable code, and what to do."""

    key: str
    code: str
    message: str


class Kind(Protocol):
    """What is asked of a kind of sink or channel here; `kind.SinkKind` says what each part promises."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def config(self) -> type[Struct]: ...  # noqa: D102 - the class says it
    @property
    def check(self) -> Callable[[Mapping[str, Any]], list[OptionProblem]]: ...  # noqa: D102 - the class says it


def no_further_checks(_: Mapping[str, Any]) -> list[OptionProblem]:
    """Find nothing more than the types of the options already say."""
    return []


def check_against(
    whose: str, kind: Kind, options: Mapping[str, Any], *, others: Collection[str] = (), strict: bool = True
) -> list[OptionProblem]:
    """Find every problem of a kind's options: unknown, missing, ill-typed, and what the kind itself objects to.

    `whose` they are (`a sink of kind jsonl`) stands in the messages; `others` are keys that belong there without being
    options. Not `strict`, a text may stand for a number: so it does when it came from the environment.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind.config)}
    problems = [_unknown(whose, key, [*fields, *others]) for key in options if key not in fields]
    problems += [
        OptionProblem(name, "missing_key", f"{whose} needs `{name}`")
        for name, field in fields.items()
        if _lacks(field, options)
    ]
    values: dict[str, Any] = {}
    for name in fields.keys() & options.keys():
        try:
            value = msgspec.convert(options[name], fields[name].type, strict=strict)
        except msgspec.ValidationError as error:
            if not holds_placeholder(options[name]):
                problems.append(_wrong_type(fields[name], str(error)))
            continue
        if not holds_placeholder(options[name]):
            values[name] = value
    return problems + list(kind.check(values))


def holds_placeholder(value: object) -> bool:
    """Tell whether a text anywhere in `value` holds `${NAME}`."""
    if isinstance(value, str):
        start = value.find("${")  # a pattern would look for the end again behind each beginning
        return start >= 0 and "}" in value[start:]
    if isinstance(value, Mapping):
        return any(holds_placeholder(part) for part in value.values())
    return isinstance(value, (list, tuple)) and any(holds_placeholder(part) for part in value)


def did_you_mean(word: str, known: Mapping[str, object] | list[str]) -> str:
    """Write the hint `; did you mean "x"?`, or which words there are."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'{MEANT} "{near[0]}"?' if near else f"; known: {', '.join(sorted(known))}"


def convert(config: type[Struct], options: Mapping[str, Any]) -> Struct:
    """Turn checked and resolved options into the kind's config; texts from the environment may stand for numbers."""
    return msgspec.convert(options, config, strict=False)


def _lacks(field: FieldInfo, options: Mapping[str, Any]) -> bool:
    required = field.default is NODEFAULT and field.default_factory is NODEFAULT
    return required and field.encode_name not in options


def _unknown(whose: str, key: str, known: list[str]) -> OptionProblem:
    return OptionProblem(key, "unknown_key", f"{whose} has {_missing_option(key, known)}")


def _wrong_type(field: FieldInfo, error: str) -> OptionProblem:
    at, name = _AT.search(error), field.encode_name
    key = f"{name}.{at['path']}" if at and at["path"] else name
    what = _AT.sub("", error)
    unknown = _UNKNOWN.match(what)
    if unknown:
        what = _missing_option(unknown["name"], _names_in(field.type) if key == name else [])
        return OptionProblem(f"{key}.{unknown['name']}", "unknown_key", f"`{key}` has {what}")
    if what.startswith("Invalid enum value"):  # which msgspec quotes
        what = "none of the values that are known"
    return OptionProblem(key, "wrong_type", f"`{key}`: {what[:1].lower()}{what[1:]}")


def _missing_option(key: str, known: list[str]) -> str:
    """Say which option there is not; one that is like none that there is may be a password in the wrong place."""
    near = did_you_mean(key, known) if known else ""
    return f'no option "{key}"{near}' if near.startswith(MEANT) else f"no such option{near}"


def _names_in(kind: object) -> list[str]:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return [field.encode_name for field in msgspec.structs.fields(kind)]
    return [name for part in get_args(kind) for name in _names_in(part)]  # of `Tls | None`
