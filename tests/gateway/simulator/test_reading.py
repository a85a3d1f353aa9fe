"""What a traffic file is read as, row by row: places of columns, types of cells, moments."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tactful_gateway.cli.output.problems import open_folder
from tactful_gateway.simulator.traffic.cells import Remembering
from tactful_gateway.simulator.traffic.read import read_traffic
from tactful_gateway.simulator.traffic.visit import Traffic
from tactful_gateway.survey.moments import read_moment
from tactful_rules.model.event import Device, Page

FOLDER = """
settings: {timezone: Asia/Shanghai}
touchpoints:
  payment:
    params:
      order: {type: object, maxProperties: 2}
      order.kind: {enum: [combo, 7, null]}
      order.amount: {type: number, minimum: 0}
  table: {params: {order.amount: {type: string}, guests: integer}}
channels: {web: {kind: widget}, app: {kind: app}}
"""
SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(tmp_path: Path, rows: list[list[str]] | None, name: str = "traffic.csv", **renames: str) -> Traffic:
    (tmp_path / "survey").mkdir(exist_ok=True)
    (tmp_path / "survey" / "all.yaml").write_text(FOLDER)
    if rows is not None:
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return read_traffic(tmp_path / name, open_folder(tmp_path / "survey").ruleset, "payment", renames)


def params(tmp_path: Path, columns: list[str], *rows: list[str]) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    traffic = read(tmp_path, [["at", "person", *columns], *(["2026-01-01", "u1", *row] for row in rows)])
    return [(visit.params, visit.rejected) for visit in traffic.visits]


def test_a_row_may_end_early_and_its_last_cells_are_then_empty(tmp_path: Path) -> None:
    whole, short = read(
        tmp_path, [["at", "person", "order.amount", "event_id"], ["2026-01-01", "u1", "5", "e1"], ["2026-01-01", "u2"]]
    ).visits
    assert (whole.params, whole.event_id) == ({"order.amount": 5.0}, "e1")
    assert (short.params, short.event_id, short.person) == ({}, "", "u2")


def test_two_columns_of_one_meaning_give_the_later_cell_unless_it_is_empty(tmp_path: Path) -> None:
    rows = [["person", "at", "when"], ["u1", "2026-01-01", "2026-01-02"], ["u2", "2026-01-01", ""]]
    visits = read(tmp_path, rows, when="at").visits
    assert [(visit.person, datetime.fromtimestamp(visit.at / 1000, SHANGHAI).day) for visit in visits] == [
        ("u2", 1),
        ("u1", 2),
    ]


def test_every_touchpoint_reads_a_cell_as_the_type_that_it_declares(tmp_path: Path) -> None:
    columns = ["at", "person", "touchpoint", "order.amount", "guests"]
    visits = read(
        tmp_path, [columns, *(["2026-01-01", "u1", name, "5", "2"] for name in ("payment", "table", "nowhere"))]
    ).visits
    assert [visit.params for visit in visits] == [{"order.amount": 5.0}, {"order.amount": "5", "guests": 2}, {}]


def test_a_param_is_found_within_the_cell_of_the_object_around_it(tmp_path: Path) -> None:
    columns = ["order", "order.amount"]
    order = {"amount": 3, "kind": "combo"}
    assert params(
        tmp_path,
        columns,
        ['{"amount": 3, "kind": "combo"}', ""],
        ['{"amount": 3, "kind": "combo"}', "4"],
        ['{"amount": -3}', ""],
        ['{"amount": 3, "kind": "combo", "more": 1}', ""],
        ['{"amount": 3, "kind": "combo"}', "much"],
        ["[3]", "4"],
    ) == [
        ({"order": order, "order.kind": "combo", "order.amount": 3}, ()),
        ({"order": order, "order.kind": "combo", "order.amount": 4.0}, ()),
        ({"order": {"amount": -3}}, ("order.amount",)),
        ({"order.kind": "combo", "order.amount": 3}, ("order",)),
        ({"order": order, "order.kind": "combo"}, ("order.amount",)),
        ({"order.amount": 4.0}, ("order",)),
    ]


def test_null_is_an_absent_param_and_not_a_rejected_one(tmp_path: Path) -> None:
    assert params(tmp_path, ["order.kind"], ["null"], ["7"], ["8"]) == [
        ({}, ()),
        ({"order.kind": 7}, ()),
        ({}, ("order.kind",)),
    ]


def test_columns_about_person_device_and_page_are_no_params(tmp_path: Path) -> None:
    columns = ["at", "person", "person.visits", "person.id", "device.type", "page.path", "page.nope"]
    said, silent = (
        traffic := read(
            tmp_path,
            [columns, ["2026-01-01", "u1", "3", "u9", "phone", "/a", "x"], ["2026-01-01", "u1", "", "", "", "", ""]],
        )
    ).visits
    assert (said.traits, said.device, said.page) == ({"visits": 3}, Device(type="phone"), Page(path="/a"))
    assert (silent.traits, silent.device, silent.page) == ({}, Device(), Page())
    assert traffic.unknown_columns == ("page.nope",)


def test_offers_are_all_channels_where_the_cell_is_empty_and_none_where_it_is_blank(tmp_path: Path) -> None:
    cells = ("", " ", "app", "app web", "fax", "app,web", "wbe app", "ann@example.com")
    rows = [["at", "person", "offers"], *(["2026-01-01", "u1", cell] for cell in cells)]
    traffic = read(tmp_path, rows)
    assert [visit.reach for visit in traffic.visits] == [
        {"web": True, "app": True},
        {},
        {"app": True},
        {"app": True, "web": True},
    ]
    assert [(row.line, row.message) for row in traffic.bad] == [
        (6, "`offers` names `fax`, which is no channel: one of `web`, `app`"),
        (7, "`offers` separates channels by spaces: write `app web`"),
        (8, "`offers` names `wbe`, which is no channel: did you mean `web`?"),
        (9, "`offers` names a channel that is none of `web`, `app`"),
    ]


def test_a_time_zone_that_is_none_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    cells = ("Asia/Shanghia", "CST", "ann@example.com", "Ann Lee")
    traffic = read(tmp_path, [["at", "person", "timezone"], *(["2026-01-01", "u1", cell] for cell in cells)])
    written = "write it like `Europe/Berlin` or `Asia/Shanghai`"
    assert [row.message for row in traffic.bad] == [
        "`timezone` is `Asia/Shanghia`, which is no time zone: did you mean `Asia/Shanghai`?",
        f"`timezone` is `CST`, which is no time zone: {written}",
        *[f"`timezone` is no time zone: {written}"] * 2,
    ]


def test_objects_and_dotted_keys_of_json_lines_are_read_as_one(tmp_path: Path) -> None:
    rows = [
        {"person": {"id": 7, "visits": 3}, "person.visits": 4, "device": {"type": "phone", "os": 5}, "device.os": "x"},
        {"person": "u1", "page": {"path": "/a"}, "order": {"amount": 3}, "order.amount": 4, "colour": {"of": "hair"}},
        {"person": "u2", "offers": ["app"], "page": None, "order": "", "size": "L", "colour": "red"},
    ]
    lines = [json.dumps({"at": "2026-01-01", **row}) for row in rows]
    (tmp_path / "traffic.jsonl").write_text("\n".join(lines))
    first, second, third = (traffic := read(tmp_path, None, name="traffic.jsonl")).visits
    assert (first.person, first.traits, first.device) == ("7", {"visits": 4}, Device(type="phone", os="x"))
    assert (second.page, second.params) == (Page(path="/a"), {"order": {"amount": 3}, "order.amount": 4})
    assert (third.reach, third.traits, third.page, third.params) == ({"app": True}, {}, Page(), {})
    assert traffic.unknown_columns == ("colour", "size")


@pytest.mark.parametrize("cell", ["[" * 20_000, '{"a":' * 20_000])
def test_a_bottomless_json_cell_is_rejected(tmp_path: Path, cell: str) -> None:
    assert params(tmp_path, ["order"], [cell]) == [({}, ("order",))]


def test_a_bottomless_json_line_is_a_bad_row(tmp_path: Path) -> None:
    traffic = read(tmp_path, [["[" * 20_000]], name="traffic.jsonl")
    assert [(row.line, row.message) for row in traffic.bad] == [(1, "this nests too deeply")]


def test_a_column_of_ever_new_texts_keeps_a_bounded_number_and_no_long_one() -> None:
    remembering = Remembering(str.upper)
    assert [remembering[f"a{number}"] for number in range(20_000)] == [f"A{number}" for number in range(20_000)]
    assert len(remembering) == 10_000
    long = Remembering(str.upper)
    assert long["a" * 1_000] == "A" * 1_000
    assert not long


MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}(:?[0-5][0-9])?)?)?"
)
SHAPES = [
    "2026-03-01T00:12:33Z",
    "2026-03-01",
    "2026-03-01t00:12:33.123456789+08:00",
    "2026-03-01 00:12:33-0730",
    "2026-W10-1T00:12:33Z",
]


@st.composite
def nearly_moments(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(SHAPES))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from([*"0123456789-:TtZzW+. ٣", ""])) + text[place + 1 :]
    return text


@given(nearly_moments())
@example("2026-W1-1T00:12:33Z")
@example("2026-03-01T00:12:3Z0")
@example("2026-03-01t00:12:33.123456٣89+08:00")
def test_only_dates_and_times_with_an_offset_of_two_digits_four_or_none_are_moments(text: str) -> None:
    at = read_moment(text, SHANGHAI)
    if MOMENT.fullmatch(text) is None:
        assert at is None
    elif at is not None and len(text) > 10:
        moment = datetime.fromisoformat(text.upper())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        assert datetime.fromtimestamp(at // 1000, UTC) == moment.astimezone(UTC).replace(microsecond=0)
        assert at % 1000 == moment.microsecond // 1000


@given(st.integers(31_622_400, 221_845_000_000))
def test_every_second_of_the_calendar_is_read_as_written(second: int) -> None:
    text = datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")
    assert read_moment(text, SHANGHAI) == second * 1000
