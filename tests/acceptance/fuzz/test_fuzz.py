"""What `/openapi.json` says is true of any request that can be made from it (`make fuzz` makes thousands)."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.fuzz.run import fuzz

EXAMPLES = 4
LEAST = 120


def test_no_request_made_from_the_description_is_answered_otherwise_than_it_says(tmp_path: Path) -> None:
    done = fuzz(tmp_path, EXAMPLES, seed=20_261_126, phases="fuzzing")
    assert done.code == 0, done.printed
    assert done.failed == []
    assert done.cases >= LEAST
