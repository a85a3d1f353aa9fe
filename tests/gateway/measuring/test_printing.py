"""What a bench says of its figures."""

from __future__ import annotations

from pathlib import Path

from tactful_gateway.cli.init import read_starter
from tactful_gateway.cli.measuring.printing import document, in_short
from tactful_gateway.measuring.bench import Bench
from tactful_gateway.measuring.figures import Deciding, Figures, Spread, Throughput, spread
from tactful_gateway.survey import read_texts

DECIDING = Deciding(Spread(90_000, 12.0, 31.0), events=2_000, asking=1_200)
DECISIONS = Throughput(7_912.4, Spread(39_562, 7.1, 13.6), asked=23_737)


def responses(measured: int, rate: float) -> Throughput:
    return Throughput(rate, Spread(measured, 4.0, 9.9))


def notes(figures: Figures) -> list[str]:
    folder = read_texts(read_starter()).folder
    assert folder is not None
    said: list[str] = document(Bench(folder, {}, Path(), 64, 5), figures, None)["notes"]
    return said


def test_one_sentence_says_what_it_means() -> None:
    both = Figures(DECIDING, None, DECISIONS, responses(60_000, 12_049))
    assert in_short(both, 5) == (
        "One gateway here takes about 7,900 decisions or 12,000 answers a second; "
        "99 of 100 callers wait less than 14 ms."
    )
    for unsaid in (None, responses(40, 12_000)):
        assert in_short(Figures(DECIDING, None, DECISIONS, unsaid), 5) == (
            "One gateway here takes about 7,900 decisions a second; 99 of 100 callers wait less than 14 ms."
        )
    assert in_short(Figures(DECIDING), 5) is None


def test_few_responses_are_told_of_only_where_the_rules_let_no_more_be_asked() -> None:
    assert notes(Figures(DECIDING, None, DECISIONS, responses(40, 12_000))) == [
        "No more than 40 responses could be measured: a quota, a sample or a holdout let no more be asked."
    ]
    assert notes(Figures(DECIDING, None, DECISIONS, responses(40, 8))) == []
    assert notes(Figures(DECIDING, None, DECISIONS, responses(60_000, 12_000))) == []
    assert notes(Figures(DECIDING)) == []


def test_a_spread_is_the_middle_and_the_slowest_hundredth() -> None:
    assert spread([number / 1_000 for number in range(101)], 1_000) == Spread(101, 50.0, 99.0)
    assert spread([0.002], 1_000) == Spread(1, 2.0, 2.0)
