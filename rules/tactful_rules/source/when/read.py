"""Reads a condition: a map from attribute to test, with `all`, `any` and `not` in between."""

from __future__ import annotations

from typing import get_args

from tactful_rules.model.condition import OPERATORS, All, AnyOf, Condition, Not, Operator, Test
from tactful_rules.source.reading import tree
from tactful_rules.source.reading.report import Report, did_you_mean, listing
from tactful_rules.source.reading.tree import Mapping, Node, describe
from tactful_rules.source.when.meant import OTHER_WORDS, write_condition
from tactful_rules.source.when.operands import FITTING, OperandReader
from tactful_rules.source.when.regexes import RegexCheck
from tactful_rules.source.when.scope import Attribute, Scope

GROUPS = ("all", "any", "not")
"""Words that join conditions, so that nothing else may be called so."""

assert set(OPERATORS) == set(get_args(Operator)) == set(FITTING)


class ConditionReader:
    """Reads conditions of one place; what is wrong is reported and left out."""

    def __init__(self, report: Report, scope: Scope, check_regex: RegexCheck) -> None:
        self._report = report
        self._scope = scope
        self._check_regex = check_regex

    def read(self, node: Node | None, what: str) -> Condition | None:
        """Read a condition; None when none is written or nothing of it is right."""
        if node is None:
            return None
        if not isinstance(node, Mapping):
            message = f"{what} must be a map from attribute to test, not {describe(node)}"
            text = node.text if isinstance(node, tree.Scalar) else ""
            self._report.error(node.at, "wrong_type", message, write_condition(self._scope, text))
            return None
        parts: list[Condition] = []
        for key, value in node.entries:
            parts.extend(self._group(key, value) if key.text in GROUPS else self._tests(key, value))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _group(self, key: tree.Scalar, node: Node) -> list[Condition]:
        if key.text == "not":
            part = self.read(node, "`not`")
            return [] if part is None else [Not(part)]
        if not isinstance(node, tree.Sequence):
            message = f"`{key.text}` takes a list of conditions, not {describe(node)}"
            self._report.error(node.at, "wrong_type", message, "begin each with `- `")
            return []
        if not node.items:
            meaning = "never holds" if key.text == "any" else "always holds"
            self._report.error(key.at, "empty_value", f"an empty `{key.text}` {meaning}", "write a part, or remove it")
        parts = [self.read(item, f"each part of `{key.text}`") for item in node.items]
        known = tuple(part for part in parts if part is not None)
        return [All(known) if key.text == "all" else AnyOf(known)]

    def _tests(self, key: tree.Scalar, node: Node) -> list[Condition]:
        attribute = self._scope.find(key.text)
        if attribute is None:
            if isinstance(node, Mapping) and self._is_nested(key, node):
                return []
            if not self._report.may_define(key.text):
                self._unknown(key)
            attribute = Attribute("any")  # its operators may be wrong as well
        if isinstance(node, tree.Scalar):
            if node.value is None:
                hint = "write a value, or `exists: false` to match what is missing"
                self._report.error(key.at, "empty_value", f"`{key.text}` has no test", hint)
                return []
            return self._test(key, attribute, "is", node, key)
        if isinstance(node, tree.Sequence):
            return self._test(key, attribute, "in", node, key)
        if not node.entries:
            self._report.error(key.at, "empty_value", f"`{key.text}` has no test", "write an operator and a value")
        return [test for op, operand in node.entries for test in self._operator(key, attribute, op, operand)]

    def _is_nested(self, key: tree.Scalar, node: Mapping) -> bool:
        """Tell whether a map is no map of operators but the rest of paths, and report it and what is misspelt there."""
        below = [inner for inner, _ in node.entries if inner.text not in OPERATORS]
        branch = self._scope.branch(key.text, [inner.text for inner in below]) if below else None
        if branch is None or len(below) < len(node.entries):
            return False
        paths = [f"{branch}.{inner.text}" for inner in below]
        meant = [path if self._scope.find(path) else self._scope.near(path) or f"{branch}.…" for path in paths]
        hint = f"write the path with a dot: {listing(dict.fromkeys(meant))}"
        self._report.error(key.at, "unknown_attribute", f"no {self._scope.what} is called `{key.text}` here", hint)
        for inner, path in zip(below, paths, strict=True):
            if not self._scope.find(path) and not self._report.may_define(path):
                message = f"no {self._scope.what} is called `{path}` here"
                self._report.error(inner.at, "unknown_attribute", message, self._scope.hint(path))
        return True

    def _unknown(self, key: tree.Scalar) -> None:
        code = "unknown_question" if self._scope.what == "question" else "unknown_attribute"
        if key.text in self._scope.elsewhere:
            code = "later_question"
        hint = self._scope.hint(key.text) or did_you_mean(key.text, GROUPS) or self._scope.behind(key.text)
        self._report.error(key.at, code, f"no {self._scope.what} is called `{key.text}` here", hint)

    def _operator(self, key: tree.Scalar, attribute: Attribute, op: tree.Scalar, operand: Node) -> list[Condition]:
        known = next((operator for operator in OPERATORS if operator == op.text), None)
        if known is not None:
            return self._test(key, attribute, known, operand, op)
        other = OTHER_WORDS.get(op.text.lstrip("$").lower())
        hint = f"did you mean `{other}`?" if other else did_you_mean(op.text, OPERATORS)
        hint = hint or self._nested(key.text, op.text) or f"one of {listing(OPERATORS)}"
        self._report.error(op.at, "unknown_operator", f"there is no operator `{op.text}`", hint)
        meant = other or next((operator for operator in OPERATORS if f"`{operator}`?" in hint), None)
        return [] if meant is None else self._test(key, attribute, meant, operand, op)

    def _nested(self, outer: str, inner: str) -> str:
        joined = f"{outer}.{inner}"
        return f"write the path with a dot: `{joined}`" if self._scope.find(joined) else ""

    def _test(
        self, key: tree.Scalar, attribute: Attribute, op: Operator, node: Node, at: tree.Scalar
    ) -> list[Condition]:
        if op in self._scope.without:
            hint = "use `starts_with`, `ends_with` or `contains`"
            self._report.error(at.at, "bad_operator", f"`{op}` can't stand here: {self._scope.without[op]}", hint)
            return []
        if attribute.type not in FITTING[op]:
            fitting = [operator for operator in OPERATORS if attribute.type in FITTING[operator]]
            message = f"`{op}` does not fit `{key.text}`, which is {_A[attribute.type]}"
            self._report.error(at.at, "bad_operator", message, f"one of {listing(fitting)}")
            return []
        value = OperandReader(self._report, key.text, attribute, op, self._check_regex).read(node)
        return [] if value is None else [Test(key.text, op, value)]


def attributes_of(condition: Condition) -> set[str]:
    """Give the names of all attributes that a condition tests."""
    if isinstance(condition, Test):
        return {condition.attribute}
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    return set().union(*(attributes_of(part) for part in parts))


_A = {
    "string": "a text",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "list": "a list",
    "any": "anything",
}
