"""Survey folders as the gateway sees them: read with the hooks that it has, and tried with their own tests."""

from tactful_gateway.survey.check import check_survey, check_texts, find_variables
from tactful_gateway.survey.compiling import compile_ruleset
from tactful_gateway.survey.inline_tests import run_tests
from tactful_gateway.survey.read import check_regex, read_survey, read_texts

__all__ = [
    "check_regex",
    "check_survey",
    "check_texts",
    "compile_ruleset",
    "find_variables",
    "read_survey",
    "read_texts",
    "run_tests",
]
