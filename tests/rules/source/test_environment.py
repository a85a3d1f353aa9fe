from __future__ import annotations

import pytest

from tactful_rules.source import MissingVariablesError, resolve

OPTIONS = {"url": "https://${HOST}/${PATH_}", "headers": {"a": "${KEY}", "b": ["x-${KEY}", 1, None]}, "n": 5}


def test_variables_are_replaced_at_any_depth() -> None:
    environ = {"HOST": "h", "PATH_": "p", "KEY": "$1 ${HOST}"}
    assert resolve(OPTIONS, environ) == {
        "url": "https://h/p",
        "headers": {"a": "$1 ${HOST}", "b": ["x-$1 ${HOST}", 1, None]},
        "n": 5,
    }


def test_all_missing_variables_are_named_and_no_value_is() -> None:
    with pytest.raises(MissingVariablesError) as caught:
        resolve(OPTIONS, {"HOST": "secret"})
    assert caught.value.names == ("KEY", "PATH_")
    assert "secret" not in str(caught.value)


def test_an_empty_variable_is_set() -> None:
    assert resolve({"a": "${X}"}, {"X": ""}) == {"a": ""}
