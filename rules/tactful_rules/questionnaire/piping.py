"""Piping: `{{answers.why}}` and `{{params.order.kind}}` in a text become what was said.

In one pass, as text: what is put in is never looked at again, so an answer can't smuggle in a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tactful_rules.conditions import find

_PLACEHOLDER = re.compile(r"\{\{[ \t]*(answers|params)\.([^{} \t]+)[ \t]*\}\}")
_NO_QUESTIONS: tuple[Mapping[str, Any], ...] = ()


def pipe(
    text: str,
    answers: Mapping[str, Any],
    params: Mapping[str, Any],
    questions: Iterable[Mapping[str, Any]] = _NO_QUESTIONS,
) -> str:
    """Replace the placeholders of a text; what is missing leaves nothing behind.

    With `questions` (as `localise` gives them) a chosen option is written as its text rather than its id. Numbers are
    written as JavaScript writes them, so that the widget and the gateway agree to the letter.
    """
    by_id = {question["id"]: question for question in questions}

    def replacement(match: re.Match[str]) -> str:
        if match[1] == "params":
            return _say(find(params, match[2]))
        return _say(answers.get(match[2]), _labels(by_id.get(match[2], {})))

    return _PLACEHOLDER.sub(replacement, text)


def _labels(question: Mapping[str, Any]) -> dict[str, str]:
    labels = {option["id"]: option["text"] for option in question.get("options", ()) if option.get("text")}
    return {**labels, "none": question["none"]} if question.get("none") else labels


def _say(value: object, labels: Mapping[str, str] | None = None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return write_number(value)
    if isinstance(value, str):
        return (labels or {}).get(value, value)
    if isinstance(value, (list, tuple)):
        return ", ".join(_say(item, labels) for item in value)
    if isinstance(value, dict) and isinstance(value.get("other"), str):
        return str(value["other"])
    return ""


def write_number(value: float) -> str:
    """Write a number as ECMAScript does (Number::toString, ECMA-262 section 6.1.6.1.20): 38.0 is `38`."""
    number = float(value) if abs(value) < 2**1023 else value
    if number != number or number in (float("inf"), float("-inf")) or isinstance(number, int):
        return str(number)
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = f"{abs(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _place(digits, point)


def _place(digits: str, point: int) -> str:
    """Set the decimal point after `point` of the digits, with an exponent where ECMAScript uses one."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = f"e{point - 1:+d}"
    return f"{digits[0]}.{digits[1:]}{exponent}" if len(digits) > 1 else digits + exponent
