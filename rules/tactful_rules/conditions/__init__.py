"""Conditions: compiled to closures, evaluated in three values, explained test by test; generated as code elsewhere."""

from tactful_rules.conditions.attributes import Attributes, Foreseen
from tactful_rules.conditions.compile import Evaluate, Lookup, compile_condition
from tactful_rules.conditions.explain import TestResult, explain, find_failure, tests_of
from tactful_rules.conditions.operators import Pattern, RegexCompiler, Verdict, is_usable
from tactful_rules.conditions.paths import find, finder
from tactful_rules.conditions.possible import ANYTHING, FALSE, TRUE, UNKNOWN, Weigh, compile_possible
from tactful_rules.conditions.values import read_version

__all__ = [
    "ANYTHING",
    "FALSE",
    "TRUE",
    "UNKNOWN",
    "Attributes",
    "Evaluate",
    "Foreseen",
    "Lookup",
    "Pattern",
    "RegexCompiler",
    "TestResult",
    "Verdict",
    "Weigh",
    "compile_condition",
    "compile_possible",
    "explain",
    "find",
    "find_failure",
    "finder",
    "is_usable",
    "read_version",
    "tests_of",
]
