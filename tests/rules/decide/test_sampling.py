"""Sticky numbers: even, stable, and kind to those already in a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.model.decision import Verdict
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Settings
from tactful_rules.sampling import as_share, bucket

Decide = Callable[..., Verdict]
MakeRule = Callable[..., Rule]
PEOPLE = [f"u-{number}" for number in range(2_000)]


@given(st.text(), st.text())
def test_a_bucket_is_the_formula_and_never_reaches_one(salt: str, key: str) -> None:
    digest = blake2b(f"{salt}\x00{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    assert 0 <= bucket(salt, key) == int.from_bytes(digest, "big") / 2**64 < 1


def test_the_highest_numbers_stay_below_one() -> None:
    # 2**64 - 1 is not a float: divided plainly it gives 1.0, which a sample of 100% and every variant would miss.
    assert as_share(2**64 - 1) < 1.0
    assert as_share(0) == 0.0


def test_raising_a_sample_keeps_those_in_it(deciding: Decide, rule: MakeRule) -> None:
    asked = {
        sample: {person for person in PEOPLE[:300] if deciding(rule(sample=sample), person=person).ask}
        for sample in (0.1, 0.25, 0.6)
    }
    assert asked[0.1] < asked[0.25] < asked[0.6]


def test_the_holdout_is_its_share_of_people_and_nobody_else(deciding: Decide, rule: MakeRule) -> None:
    reasons = {
        person: deciding(rule(), settings=Settings(holdout=0.3), person=person).reason for person in PEOPLE[:300]
    }
    assert {person for person, reason in reasons.items() if reason == "holdout"} == {
        person for person in reasons if bucket("holdout", person) < 0.3
    }
    assert set(reasons.values()) == {"holdout", "asked"}


def test_sample_holdout_and_variant_are_drawn_apart(deciding: Decide, rule: MakeRule) -> None:
    assert len({bucket(salt, "u-42") for salt in ("sample/a", "sample/b", "holdout", "variant/a")}) == 4


def test_variants_share_by_weight_and_stick(deciding: Decide, rule: MakeRule) -> None:
    weighted = rule(variants=(Variant("a", weight=80), Variant("never", weight=0), Variant("b", weight=20)))
    chosen = {person: deciding(weighted, person=person).questionnaire for person in PEOPLE[:600]}
    counts = Counter(chosen.values())
    assert counts["never"] == 0
    assert 0.74 < counts["a"] / 600 < 0.86
    assert all((name == "a") is (bucket("variant/any-payment", person) < 0.8) for person, name in chosen.items())


def test_buckets_are_even_over_people() -> None:
    tenths = Counter(int(bucket("sample/combo-meal", person) * 10) for person in PEOPLE)
    assert all(140 < tenths[tenth] < 260 for tenth in range(10))
