"""YAML text to the model: reads a survey folder, with every problem collected and placed."""

from tactful_rules.source.environment import MissingVariablesError, resolve, variables
from tactful_rules.source.files import MAX_FILES, read_files
from tactful_rules.source.load import load, load_texts
from tactful_rules.source.reading.report import did_you_mean, listing, suggest
from tactful_rules.source.reading.times import suggest_timezone
from tactful_rules.source.schema import json_schema

__all__ = [
    "MAX_FILES",
    "MissingVariablesError",
    "did_you_mean",
    "json_schema",
    "listing",
    "load",
    "load_texts",
    "read_files",
    "resolve",
    "suggest",
    "suggest_timezone",
    "variables",
]
