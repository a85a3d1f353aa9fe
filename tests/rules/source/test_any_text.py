from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tactful_rules.model.condition import OPERATORS
from tactful_rules.source import load_texts
from tactful_rules.source.merge import TOP_LEVEL
from tactful_rules.source.questionnaires.question import ALL_KEYS
from tactful_rules.source.sections.rules import RULE_KEYS

OTHERS = (
    "a", "b", "any", "all", "not", "kind", "params", "pauses", "for", "on", "stage", "web", "url", "nps", "single",
    "7d", "25%", "2026-01-01", "21:00", "${X}", "questions", "person.x", "history.asks", "history", "expect",
    "string", "type", "$ref", "enum", "widget", "email", "where", "caps", "quiet_hours", "holidays", "at_most",
    "per", "name",
)  # fmt: skip
KNOWN = (*TOP_LEVEL, *RULE_KEYS, *ALL_KEYS, *OPERATORS, *OTHERS)
WORDS = st.sampled_from(KNOWN)
SIGNS = ["a", ":", " ", "\n", "-", "[", "]", "{", "}", "'", '"', "&a ", "*a", "? ", "|", "#", "\t", "<<"]
LEAVES = WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
TREES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(WORDS, below, max_size=4),
    max_leaves=25,
)
FILES = st.dictionaries(
    st.sampled_from(TOP_LEVEL),
    TREES | st.dictionaries(st.sampled_from("ab"), st.dictionaries(WORDS, TREES, max_size=5), max_size=2),
    max_size=4,
)


def write(value: object) -> str:
    """Write a value as flow YAML; words of the language stay plain, other texts are quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {write(below)}" for key, below in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write, value)) + "]"
    if isinstance(value, str) and (value not in KNOWN or "{" in value):
        return json.dumps(value)
    return "null" if value is None else str(value)


@given(st.text())
@settings(deadline=None)
def test_any_text_gives_problems_and_never_an_exception(text: str) -> None:
    loaded = load_texts({"a.yaml": text})
    assert (loaded.folder is None) == bool(loaded.errors)


@example({}, {"settings": "\n"})  # a message quoted the line break as it was
@given(FILES, FILES)
@settings(deadline=None, max_examples=200)
def test_any_tree_gives_problems_and_never_an_exception(one: dict[str, object], other: dict[str, object]) -> None:
    loaded = load_texts({"a.yaml": write(one), "b/c.yaml": write(other)})
    assert (loaded.folder is None) == bool(loaded.errors)
    for problem in loaded.problems:
        assert problem.position.file in ("a.yaml", "b/c.yaml")
        assert problem.message
        assert "\n" not in str(problem)


@given(st.lists(st.sampled_from(SIGNS), max_size=40))
@settings(deadline=None)
def test_any_heap_of_signs_gives_problems_and_never_an_exception(signs: list[str]) -> None:
    load_texts({"a.yaml": "rules:\n " + "".join(signs)})
