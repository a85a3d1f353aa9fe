"""`tactful keys` says on which database it works, makes none by looking, and promises nothing for one in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_serve import cli
from tests.eventually import eventually


def test_listing_where_there_is_no_database_makes_none_and_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TACTFUL_DB", raising=False)
    for arguments in (["list"], ["revoke", "some-key"]):
        done = cli("keys", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        said = "error: there is no database at tactful.db: name one with --db sqlite:///PATH or TACTFUL_DB\n"
        assert done.stderr == said
    assert list(tmp_path.iterdir()) == []


def test_making_and_listing_say_on_stderr_in_which_database(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 'a.db'}"
    made = cli("keys", "create", "--kind", "sk", "--db", db)
    assert f" in {db}. The key went to standard output" in made.stderr
    assert made.stdout.startswith("sk_")
    listed = cli("keys", "list", "--db", db)
    assert listed.stderr == f"1 key in {db}\n"


def test_a_kind_of_key_that_is_none_is_told_which_there_are(tmp_path: Path) -> None:
    done = cli("keys", "create", "--kind", "server", "--db", f"sqlite:///{tmp_path / 'a.db'}")
    assert done.returncode == 2
    assert '"server" is none of sk, pk, ak' in done.stderr
    assert "Value error" not in done.stderr


def test_for_a_database_in_memory_no_key_is_suggested_that_could_not_be_made(serve: Any) -> None:
    served = serve(arguments=("--db", "memory:"))
    eventually(lambda: len(served.log) > 1)
    (remedy,) = (json.loads(line)["remedy"] for line in served.log if '"no_keys"' in line)
    assert "keys create" not in remedy
    assert "sqlite:///PATH" in remedy
    refused = cli("keys", "create", "--kind", "sk", "--db", "memory:")
    assert (refused.returncode, refused.stderr) == (1, f"error: {remedy}\n")
