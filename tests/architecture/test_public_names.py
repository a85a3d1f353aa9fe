"""The public surface fits on one screen, and changes only on purpose."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import tactful

COMMITTED = Path(__file__).parent / "public_names.txt"
MODULES = ("asgi", "context", "django", "testing", "transport", "wsgi")
"""What an app imports from beside `tactful` itself; the other modules are inside."""


def test_the_public_names_are_those_committed():
    assert tactful.__all__ == [name for name in COMMITTED.read_text().split() if "." not in name]


@pytest.mark.parametrize("name", MODULES)
def test_the_public_names_of_a_module_are_those_committed(name: str):
    module = import_module(f"tactful.{name}")
    committed = [line.partition(".")[2] for line in COMMITTED.read_text().split() if line.startswith(f"{name}.")]
    assert module.__all__ == sorted(committed)
    assert [public for public in module.__all__ if not hasattr(module, public)] == []


def test_the_public_names_are_sorted_and_there():
    assert tactful.__all__ == sorted(tactful.__all__)
    assert [name for name in tactful.__all__ if not hasattr(tactful, name)] == []


def test_nothing_else_leaks():
    public = {name for name in dir(tactful) if not name.startswith("_")}
    leaked = public - set(tactful.__all__)
    ours = {name for name in leaked if _is_our_module(getattr(tactful, name))}
    assert leaked - ours - {"annotations"} == set()


def _is_our_module(value: object) -> bool:
    return isinstance(value, ModuleType) and value.__name__.startswith("tactful.")
