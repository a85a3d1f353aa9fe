"""Explaining one decision: everything that was looked at, as one document for terminals, files and HTTP alike."""

from tactful_gateway.explanation.build import build_explanation
from tactful_gateway.explanation.hints import find_causes, find_hints
from tactful_gateway.explanation.model import (
    ExplainedCondition,
    ExplainedDraw,
    ExplainedGroup,
    ExplainedMemory,
    ExplainedQuota,
    ExplainedRule,
    ExplainedStep,
    ExplainedTest,
    ExplainedVariant,
    Explanation,
)

__all__ = [
    "ExplainedCondition",
    "ExplainedDraw",
    "ExplainedGroup",
    "ExplainedMemory",
    "ExplainedQuota",
    "ExplainedRule",
    "ExplainedStep",
    "ExplainedTest",
    "ExplainedVariant",
    "Explanation",
    "build_explanation",
    "find_causes",
    "find_hints",
]
