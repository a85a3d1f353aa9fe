"""Fills in templates in one pass: what is put in is never looked at again, so no value can smuggle in a placeholder."""

from __future__ import annotations

import re
from typing import Any

from tactful_gateway.channels.base import Message
from tactful_gateway.channels.templates.escapes import Escape, plain
from tactful_gateway.outgoing.options import OptionProblem, did_you_mean
from tactful_rules.questionnaire import pipe

NAMES = ("title", "url", "opt_out_url", "address", "person")
"""The placeholders there are, besides `params.` and the path of a param."""
_PLACEHOLDER = re.compile(r"\{\{[ \t]*([^{} \t]+)[ \t]*\}\}")


def render(template: str, message: Message, escape: Escape = plain) -> str:
    """Replace the placeholders of a template, each value escaped; a param that is not there leaves nothing behind."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("params."):
            return escape(pipe(match[0], {}, message.params))
        return escape(getattr(message, name)) if name in NAMES else match[0]

    return _PLACEHOLDER.sub(value, template)


def render_deep(template: Any, message: Message) -> Any:
    """Replace the placeholders in every text of a JSON value; keys stay as they are."""
    if isinstance(template, str):
        return render(template, message)
    if isinstance(template, dict):
        return {key: render_deep(part, message) for key, part in template.items()}
    return [render_deep(part, message) for part in template] if isinstance(template, list | tuple) else template


def holds(template: str | None, name: str) -> bool:
    """Tell whether a template has a placeholder of this name."""
    return template is not None and any(match[1] == name for match in _PLACEHOLDER.finditer(template))


def check_placeholders(key: str, template: Any) -> list[OptionProblem]:
    """Find placeholders that nothing is known for, in a text or in the texts of a JSON value."""
    if isinstance(template, dict):
        return [problem for name, part in template.items() for problem in check_placeholders(f"{key}.{name}", part)]
    if isinstance(template, list | tuple):
        return [problem for at, part in enumerate(template) for problem in check_placeholders(f"{key}.{at}", part)]
    if not isinstance(template, str):
        return []
    names = dict.fromkeys(match[1] for match in _PLACEHOLDER.finditer(template))
    unknown = [name for name in names if name not in NAMES and not re.fullmatch(r"params\..+", name)]
    known = [*NAMES, "params.NAME"]
    return [
        OptionProblem(key, "unknown_placeholder", f"`{key}` has an unknown placeholder{did_you_mean(name, known)}")
        for name in unknown
    ]


def without_placeholders(template: str) -> str:
    """Put a letter in the place of each placeholder, for judging what stands around them."""
    return _PLACEHOLDER.sub("x", template)
