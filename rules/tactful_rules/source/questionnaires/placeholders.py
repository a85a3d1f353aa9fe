"""Checks `{{answers.id}}` and `{{params.path}}` in texts: what nothing fills in would be shown as it stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from tactful_rules.source.reading.report import did_you_mean
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, Sequence
from tactful_rules.source.sections.context import Context

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
_TEXT_KEYS = ("text", "help", "low", "high", "other", "none", "placeholder", "title", "options")


class Placeholders:
    """What the texts of one questionnaire may pipe: answers given before, and params of any touchpoint."""

    def __init__(self, context: Context, params: Iterable[str]) -> None:
        self._context = context
        self._params = list(params)

    def check(self, node: Node | None, earlier: Collection[str]) -> None:
        """Check every text of a question, end screen or title; `earlier` are the questions before it."""
        if isinstance(node, Mapping):
            for key, value in node.entries:
                if key.text in _TEXT_KEYS:
                    self.check_text(value, earlier)

    def check_text(self, node: Node, earlier: Collection[str]) -> None:
        """Check all texts below a node."""
        if isinstance(node, Scalar):
            for found in _PLACEHOLDER.finditer(node.text):
                self._check_name(node, found[1].strip(), earlier)
        elif isinstance(node, Sequence):
            for item in node.items:
                self.check_text(item, earlier)
        else:
            for _, value in node.entries:
                self.check_text(value, earlier)

    def _check_name(self, node: Scalar, name: str, earlier: Collection[str]) -> None:
        if self._context.report.may_define(name.removeprefix("params.").removeprefix("answers.")):
            return
        known = [*(f"answers.{question}" for question in earlier), *self._params]
        if name not in known:
            message = f"nothing fills in `{{{{{name[:70]}}}}}` here"
            hint = did_you_mean(name, known) or "`{{answers.id}}` of an earlier question, or `{{params.path}}`"
            self._context.report.error(node.at, "unknown_placeholder", message, hint)
