"""YAML text to the model: reads a survey folder, with every problem collected and placed."""

from tactful_rules.source.environment import MissingVariablesError, resolve
from tactful_rules.source.load import load, load_texts

__all__ = ["MissingVariablesError", "load", "load_texts", "resolve"]
