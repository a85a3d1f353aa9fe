"""The language as JSON Schema for editors; what it can't say (references, types of operands) `load` checks."""

from tactful_rules.source.schema.build import json_schema

__all__ = ["json_schema"]
