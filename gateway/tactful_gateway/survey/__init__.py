"""Survey folders as the gateway sees them: read with the hooks that it has, and tried with their own tests."""

from tactful_gateway.survey.check import check_survey, find_variables
from tactful_gateway.survey.inline_tests import run_tests
from tactful_gateway.survey.read import check_regex, read_survey

__all__ = ["check_regex", "check_survey", "find_variables", "read_survey", "run_tests"]
