"""`tactful simulate` from outside: what it reads, what it refuses, what it prints."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.simulator.conftest import Simulate

PAYMENT = ("--touchpoint", "payment")


def report(simulate: Simulate, text: str, *options: str, name: str = "traffic.csv") -> dict[str, Any]:
    done = simulate(text, *PAYMENT, "--json", *options, name=name)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def decisions(simulate: Simulate, tmp_path: Path, text: str, *options: str, name: str = "traffic.csv") -> list[Any]:
    path = tmp_path / "decisions.jsonl"
    report(simulate, text, "--decisions", str(path), *options, name=name)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_json_report_has_its_five_promised_keys_first(simulate: Simulate) -> None:
    found = report(simulate, "at,person,order.amount\n2026-01-01,u1,50\n2026-01-02,u1,50\n2026-01-02,u2,5\n")
    assert list(found)[:5] == ["touchpoints", "reasons", "rules", "channels", "asks_per_person"]
    assert found["touchpoints"] == 3
    assert found["reasons"] == {"asked": 2, "no_rule": 1}
    assert found["rules"] == {"big": 1}
    assert found["channels"] == {"web": 1}
    assert found["asks_per_person"] == {"0": 1, "1": 1}
    assert found["again"] == 1
    assert found["days"] == {"2026-01-01": {"asked": 1}, "2026-01-02": {"asked": 1, "no_rule": 1}}


def test_table_and_headline_agree_on_how_many_were_asked(simulate: Simulate) -> None:
    done = simulate("at,person,order.amount\n2026-01-01,u1,50\n2026-01-02,u1,50\n2026-01-02,u2,50\n", *PAYMENT)
    assert "3 touchpoints by 2 persons: 2 asks" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["asked", "2", "66.7%"] in [row[:3] for row in rows]
    assert ["shown", "again", "1", "33.3%"] in [row[:4] for row in rows]
    assert ["big", "2", "shown", "again", "1"] in rows
    assert ["2026-01-02", "2", "1", "1"] in rows
    assert "1 time an open invitation was shown again" in done.stdout
    assert "0% are answered and 0% dismissed (seed 0): --answer-rate" in " ".join(done.stdout.split())


def test_a_decision_line_has_exactly_the_promised_keys(simulate: Simulate, tmp_path: Path) -> None:
    (line,) = decisions(simulate, tmp_path, "at,person,order.amount\n2026-01-01,u1,50\n")
    assert line == {
        "at": "2026-01-01T04:00:00.000Z",
        "person": "u1",
        "touchpoint": "payment",
        "reason": "asked",
        "rule": "big",
        "questionnaire": "all",
        "channel": "web",
        "again": False,
        "not_before": None,
    }


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-01", "2026-01-01T04:00:00.000Z"),
        ("2026-01-01T09:30:00Z", "2026-01-01T09:30:00.000Z"),
        ("2026-01-01 09:30:00.25+08:00", "2026-01-01T01:30:00.250Z"),
        ("2026-01-01T09:30", "2026-01-01T01:30:00.000Z"),
        ("2026-01-01 10:00:00+00", "2026-01-01T10:00:00.000Z"),
        ("2026-01-01 10:00:00.5-03", "2026-01-01T13:00:00.500Z"),
        ("2026-01-01 10:00:00+0530", "2026-01-01T04:30:00.000Z"),
    ],
)
def test_a_bare_date_is_noon_a_bare_time_is_local_and_offsets_come_in_three_forms(
    simulate: Simulate, tmp_path: Path, text: str, utc: str
) -> None:
    (line,) = decisions(simulate, tmp_path, f"at,person\n{text},u1\n")
    assert line["at"] == utc


def test_columns_are_renamed_and_unknown_ones_named_once(simulate: Simulate) -> None:
    text = "when,who,total,colour,size\n2026-01-01,u1,50,red,L\n2026-01-01,u2,50,blue,M\n"
    done = simulate(text, *PAYMENT, "--map", "when=at,who=person", "--map", "total=order.amount", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rules"] == {"big": 2}
    assert done.stderr.count("colour, size") == 1


def test_cells_are_read_by_type_and_what_can_not_be_is_rejected_and_counted(simulate: Simulate) -> None:
    rows = '2026-01-01,u1,combo,12.5,3,true,"[""a""]"\n2026-01-01,u2,7,-1,3.5,yes,[1]\n2026-01-01,u3,,,,,\n'
    found = report(simulate, "at,person,order.kind,order.amount,order.items,order.gift,order.tags\n" + rows)
    assert found["rejected_params"] == {"order.items": 1, "order.gift": 1, "order.amount": 1, "order.tags": 1}
    assert found["rules"] == {"gift": 1}


def test_json_lines_keep_their_types_and_may_nest(simulate: Simulate) -> None:
    rows = [
        {"at": "2026-01-01", "person": "u1", "order": {"amount": 50}},
        {"at": "2026-01-01", "person": "u2", "order.amount": 50, "colour": "red"},
        {"at": "2026-01-01", "person": "u3", "order.amount": "50"},
    ]
    text = "\n".join(json.dumps(row) for row in rows) + "\n\n"
    found = report(simulate, text, name="traffic.jsonl")
    assert found["rules"] == {"big": 2}
    assert found["rejected_params"] == {"order.amount": 1}


def test_traits_and_device_have_columns_named_as_conditions_name_them(simulate: Simulate) -> None:
    text = "at,person,visits,person.zip,device.type\n2026-01-01,u1,3,01234,phone\n2026-01-01,u2,2,01234,phone\n"
    done = simulate(text, *PAYMENT, "--map", "visits=person.visits", "--json")
    assert (json.loads(done.stdout)["rules"], done.stderr) == ({"regular": 1}, "")
    rows = [
        {"at": "2026-01-01", "person": {"id": "u1", "visits": 3, "zip": "01234"}, "device": {"type": "phone"}},
        {"at": "2026-01-01", "person": "u2", "person.visits": 3, "person.zip": "01234", "device.type": "phone"},
        {"at": "2026-01-01", "person": {"id": "u3", "visits": "3", "zip": "01234"}, "device": {"type": "phone"}},
    ]
    done = simulate("\n".join(map(json.dumps, rows)), *PAYMENT, "--json", name="traffic.jsonl")
    assert (json.loads(done.stdout)["rules"], done.stderr) == ({"regular": 2}, "")
    done = simulate("at,person,device.typ,person.\n2026-01-01,u1,phone,3\n", *PAYMENT, "--json")
    assert "device.typ, person." in done.stderr


@pytest.mark.parametrize("at", ["9999-12-31", "0001-01-01", "9999-12-31T23:59:59Z"])
def test_a_date_that_stands_for_never_is_a_bad_row(simulate: Simulate, at: str) -> None:
    done = simulate(f"at,person,order.amount\n{at},u1,50\n", *PAYMENT)
    assert (done.exit_code, "traffic.csv:2: " in done.stderr) == (1, True)


@pytest.mark.parametrize("offset", ["+8", "+008", "+08:", "+08:60", "+0860", "+24", "+00:00:00", "08", "+Z", "UTC"])
def test_an_offset_that_is_none_is_a_bad_row_that_says_what_to_write(simulate: Simulate, offset: str) -> None:
    done = simulate(f"at,person\n2026-01-01 10:00:00{offset},u1\n", *PAYMENT)
    assert done.exit_code == 1
    assert (
        "traffic.csv:2: `at` must be a date or a time, such as 2026-11-22 or 2026-11-22T09:30:00+08:00" in done.stderr
    )


def test_rows_out_of_order_are_sorted_and_said_to_be(simulate: Simulate, tmp_path: Path) -> None:
    text = "at,person\n2026-01-03,b\n2026-01-01,a\n2026-01-03,c\n"
    assert [line["person"] for line in decisions(simulate, tmp_path, text)] == ["a", "b", "c"]
    assert "1 row out of order" in simulate(text, *PAYMENT).stderr


def test_every_bad_row_is_named_with_its_line(simulate: Simulate) -> None:
    text = 'at,person,timezone,offers\n2026-01-01,"u\n1",,\nsoon,u1,,\n2026-01-01,,,\n2026-01-01,u1,Mars/Base,\n'
    done = simulate(text + "2026-01-01,u1,,fax\n2026-01-01,u1,,,,,\n", *PAYMENT)
    assert done.exit_code == 1
    for line in (4, 5, 6, 7, 8):
        assert f"traffic.csv:{line}: " in done.stderr
    assert "5 rows of the traffic can't be played" in done.stderr


@pytest.mark.parametrize(
    ("text", "options", "code", "said"),
    [
        ("at,person\n2026-01-01,u1\n", (), 2, "--touchpoint"),
        ("at,person\n2026-01-01,u1\n", ("--touchpoint", "paymnt"), 2, 'did you mean "payment"?'),
        ("at,person\n2026-01-01,u1\n", (*PAYMENT, "--map", "x=order.amount"), 2, 'no column "x"'),
        ("at,person\n2026-01-01,u1\n", (*PAYMENT, "--map", "person=order.amuont"), 2, 'did you mean "order.amount"?'),
        ("at,person\n2026-01-01,u1\n", (*PAYMENT, "--map", "nonsense"), 2, "not COLUMN=PARAM"),
        ("at,person\n2026-01-01,u1\n", (*PAYMENT, "--answer-rate", "1.2"), 2, "share"),
        ("at,person\n2026-01-01,u1\n", (*PAYMENT, "--answer-rate", "60%", "--dismiss-rate", ".5"), 2, "everybody"),
        ("when,person\n2026-01-01,u1\n", PAYMENT, 1, "--map COLUMN=at"),
        ("at,person,person\n2026-01-01,u1,u2\n", PAYMENT, 1, "column twice"),
        ("", PAYMENT, 1, "empty"),
        (b"at,person\n2026-01-01,\xff\n", PAYMENT, 1, "UTF-8"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do(
    simulate: Simulate, text: str | bytes, options: tuple[str, ...], code: int, said: str
) -> None:
    done = simulate(text, *options)
    assert done.exit_code == code
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_simulated_people_answer_every_kind_of_question_validly(simulate: Simulate) -> None:
    rows = "".join(f"2026-01-01,u{person},50\n" for person in range(40))
    found = report(simulate, "at,person,order.amount\n" + rows, "--answer-rate", "100%")
    assert found["answers"] == 40


def test_the_same_seed_gives_the_same_people_in_whatever_order_the_rows_stand(
    simulate: Simulate, tmp_path: Path
) -> None:
    rows = [f"2026-01-{day:02d},u{person},50\n" for day in range(1, 25) for person in range(8)]
    header, rates = "at,person,order.amount\n", ("--answer-rate", "0.4", "--dismiss-rate", "0.4")

    def sort(lines: list[Any]) -> list[str]:
        return sorted(map(str, lines))

    forward = decisions(simulate, tmp_path, header + "".join(rows), *rates)
    backward = decisions(simulate, tmp_path, header + "".join(reversed(rows)), *rates)
    other = decisions(simulate, tmp_path, header + "".join(rows), *rates, "--seed", "1")
    assert sort(forward) == sort(backward)
    assert sort(forward) != sort(other)


@pytest.mark.parametrize("crowd", [1, 10])
def test_who_comes_twice_at_one_time_has_two_chances_to_answer_whoever_else_comes(
    simulate: Simulate, crowd: int
) -> None:
    times = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(200 // crowd))
    rows = [f"{at.isoformat()},u{at.timestamp()}-{person},50\n" for at in times for person in range(crowd)]
    once, twice = (
        report(simulate, "at,person,order.amount\n" + "".join(rows * often), "--answer-rate", "50%") for often in (1, 2)
    )
    assert once["asks_per_person"] == twice["asks_per_person"] == {"1": 200}
    assert 85 < once["answers"] < 115
    assert 135 < twice["answers"] < 165


def test_an_event_id_that_comes_again_gets_the_same_decision_and_no_second_ask(simulate: Simulate) -> None:
    text = "at,person,order.amount,event_id\n2026-01-01,u1,50,e1\n2026-01-01,u1,50,e1\n"
    found = report(simulate, text)
    assert found["reasons"] == {"asked": 2}
    assert (found["rules"], found["again"]) == ({"big": 1}, 1)


def test_an_event_that_came_before_displays_nothing(simulate: Simulate) -> None:
    events = ("e1", "e2", "e2", "e2", "e3")
    rows = "".join(f"2026-01-01T10:00:{place}0Z,u1,50,{event}\n" for place, event in enumerate(events))
    found = report(simulate, "at,person,order.amount,event_id\n" + rows)
    # Displayed for e1, e2 and e3 alone; five displays without a reaction would have counted as a no before e3.
    assert found["reasons"] == {"asked": 5}


def test_the_printed_report_says_it_for_people(simulate: Simulate) -> None:
    rows = "".join(f"2026-{month:02d}-0{day},u1,50\n" for month in range(1, 13) for day in range(1, 5))
    done = simulate("at,person,order.amount\n" + rows, *PAYMENT)
    assert done.exit_code == 0
    for said in (
        "48 touchpoints by 1 person: 12 asks",
        "asked",
        "Month",
        "12 times",
        "48 days; --json has each of them.",
    ):
        assert said in done.stdout


def simulate_a_year(simulate: Simulate, survey: Path, rule: str) -> str:
    """Play a year that comes to many outcomes by a rule of that name."""
    folder = (survey / "all.yaml").read_text().replace("  big:", f"  {rule}:")
    folder = folder.replace("Asia/Shanghai}", "Asia/Shanghai, holdout: 20%}")
    (survey / "all.yaml").write_text(folder.replace("priority: 1}", "sample: 60%, quota: {asks: 9, per: week}}"))
    days = [f"2026-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)]
    calls = [(day, time, n) for n in range(40) for day in days[n::9] for time in ("", "T20:00")]
    rows = (f"{day}{time},u{n},{50 if n % 7 else 5}" for day, time, n in calls)
    done = simulate("\n".join(["at,person,order.amount", *rows]), *PAYMENT)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("columns", [44, 60, 80])
def test_outcomes_over_time_fit_the_terminal_and_those_without_room_are_one_column(
    simulate: Simulate, survey: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = simulate_a_year(simulate, survey, "big").splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("Month"))
    header, *months = lines[start : start + 13]
    assert max(map(len, (header, *months))) <= columns
    assert header.split()[:3] == ["Month", "all", "asked"]
    for month in months:
        total, *counts = [int(cell.replace("·", "0")) for cell in month.split()[1:]]
        assert total == sum(counts), month
    told = lines[start + 13]
    reasons = {"no_rule", "not_sampled", "holdout", "quota_full"}
    assert {name for name in reasons if name in header} ^ {name for name in reasons if name in told} == reasons
    assert told.startswith("other: ") == ("other" in header) == (columns < 80)


def test_a_long_name_goes_on_below_and_is_not_cut_off(
    simulate: Simulate, survey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rule = "rule" + "-of-ours" * 7
    printed = simulate_a_year(simulate, survey, rule)
    first = next(line for line in printed.splitlines() if line.startswith("rule-of"))
    rest = printed.split(first)[1].split()[0]
    assert first.split()[0] + rest == rule


def test_a_folder_with_problems_is_not_played(simulate: Simulate, survey: Path) -> None:
    (survey / "more.yaml").write_text("rules: {x: {at: nowhere, ask: all}}\n")
    done = simulate("at,person\n2026-01-01,u1\n", *PAYMENT)
    assert done.exit_code == 1
    assert "more.yaml:1:" in done.stderr
