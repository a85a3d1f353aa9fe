"""Parquet traffic: the same visits as the same rows give in JSON Lines, whatever types the columns have."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tactful_gateway.simulator.traffic.rows import TrafficError
from tactful_gateway.simulator.traffic.visit import Traffic
from tests.gateway.simulator.conftest import Simulate
from tests.gateway.simulator.test_reading import read


def parquet(tmp_path: Path, table: pa.Table) -> Traffic:
    pq.write_table(table, tmp_path / "traffic.parquet")
    return read(tmp_path, None, "traffic.parquet")


def lines(tmp_path: Path, rows: list[dict[str, Any]]) -> Traffic:
    (tmp_path / "traffic.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read(tmp_path, None, "traffic.jsonl")


def test_typed_columns_read_as_json_lines_do(tmp_path: Path) -> None:
    table = pa.table(
        {
            "at": pa.array([datetime(2026, 1, 1, 9, tzinfo=UTC), None], pa.timestamp("ns", "America/New_York")),
            "person": pa.array(["u1", "u2"]).dictionary_encode(),
            "order": pa.array([{"kind": "combo", "amount": 3.5}, None]),
            "offers": pa.array([["web"], None], pa.list_(pa.string())),
            "person.visits": pa.array([3, None], pa.int8()),
        }
    )
    found = parquet(tmp_path, table)
    assert [(row.line, row.message) for row in found.bad] == [(2, "`at` is empty")]
    rows = [{"at": "2026-01-01T09:00:00Z", "person": "u1", "order": {"kind": "combo", "amount": 3.5}}]
    assert found.visits == lines(tmp_path, [{**rows[0], "offers": ["web"], "person.visits": 3}]).visits


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (pa.date32(), date(2026, 3, 8), "2026-03-08"),
        (pa.timestamp("s"), datetime.fromisoformat("2026-03-08T07:00:00"), "2026-03-08T07:00:00"),
        (pa.timestamp("ms", "UTC"), datetime(2026, 3, 8, 7, tzinfo=UTC), "2026-03-08T07:00:00Z"),
        (pa.timestamp("us", "+05:30"), datetime(2026, 3, 8, tzinfo=timezone(timedelta(hours=5, minutes=30))),
         "2026-03-08T00:00:00+05:30"),
        (pa.string(), "2026-03-08", "2026-03-08"),
    ],
)  # fmt: skip
def test_a_moment_is_read_by_the_type_of_its_column(tmp_path: Path, kind: Any, value: object, text: str) -> None:
    found = parquet(tmp_path, pa.table({"at": pa.array([value], kind), "person": ["u1"]}))
    assert found.visits == lines(tmp_path, [{"at": text, "person": "u1"}]).visits


@pytest.mark.parametrize(
    ("kind", "value", "amount"),
    [
        (pa.decimal128(9, 2), Decimal("3.50"), 3.5),
        (pa.decimal128(9, 2), Decimal("3.00"), 3),
        (pa.float64(), float("nan"), None),
        (pa.uint64(), 2**63, 2**63),
        (pa.string(), "3", "rejected"),
        (pa.float32(), -1.0, "rejected"),
    ],
)
def test_a_param_is_checked_and_never_coerced(tmp_path: Path, kind: Any, value: object, amount: object) -> None:
    table = pa.table({"at": ["2026-03-08"], "person": ["u1"], "order.amount": pa.array([value], kind)})
    (visit,) = parquet(tmp_path, table).visits
    assert visit.rejected == (("order.amount",) if amount == "rejected" else ())
    assert visit.params.get("order.amount") == (None if amount == "rejected" else amount)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "at": st.integers(631_152_000, 4_102_444_800).map(
                    lambda at: datetime.fromtimestamp(at, UTC).isoformat()
                ),
                "person": st.text("ab", min_size=1, max_size=2),
                "order.amount": st.none() | st.floats(-5, 50, allow_nan=False),
                "order.kind": st.none() | st.sampled_from(["combo", "7", "x"]),
                "guests": st.none() | st.integers(-5, 5),
                "touchpoint": st.sampled_from(["payment", "table", "nowhere"]),
                "offers": st.sampled_from([None, "web", "app web", " "]),
            }
        ),
        min_size=1,
        max_size=8,
    )
)
def test_rows_come_out_as_they_do_from_json_lines(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    columns["at"] = pa.array([datetime.fromisoformat(at) for at in columns["at"]], pa.timestamp("us", "UTC"))
    assert parquet(tmp_path, pa.table(columns)).visits == lines(tmp_path, rows).visits


def test_a_simulation_of_parquet_reports_what_one_of_json_lines_does(simulate: Simulate, tmp_path: Path) -> None:
    rows = [{"at": f"2026-01-{day:02}", "person": f"u{day % 3}", "order.amount": 20.0 + day} for day in range(1, 29)]
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    options = ("--touchpoint", "payment", "--json")
    as_parquet = simulate(sink.getvalue().to_pybytes(), *options, name="traffic.pq")
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert as_parquet.exit_code == 0, as_parquet.stderr
    assert json.loads(as_parquet.stdout) == json.loads(simulate(text, *options, name="traffic.jsonl").stdout)


def test_what_is_no_parquet_is_said(tmp_path: Path, simulate: Simulate) -> None:
    for text in ("PAR1", "", "at,person\n2026-01-01,u1\n"):
        done = simulate(text, "--touchpoint", "payment", name="traffic.parquet")
        assert (done.exit_code, "this is not Parquet" in done.stderr) == (1, True), done.stderr
    with pytest.raises(TrafficError, match="no column `person`"):
        parquet(tmp_path, pa.table({"at": ["2026-01-01"]}))


def test_a_file_that_was_cut_off_is_no_half_of_the_traffic(tmp_path: Path) -> None:
    path = tmp_path / "traffic.parquet"
    pq.write_table(pa.table({"at": ["2026-01-01"] * 50_000, "person": [f"u{i}" for i in range(50_000)]}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4_000] + bytes(3_000) + whole[7_000:])
    with pytest.raises(TrafficError, match="after row"):
        read(tmp_path, None, "traffic.parquet")


def test_without_pyarrow_it_is_said_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError('no pyarrow', name='pyarrow')\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from pathlib import Path\n"
        "from tactful_gateway.simulator.traffic.parquet import parquet_rows\n"
        "parquet_rows(Path('traffic.parquet'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert 'pip install "tactful[gateway,parquet]"' in done.stderr.splitlines()[-1]


def test_traffic_of_text_loads_no_pyarrow(tmp_path: Path) -> None:
    (tmp_path / "survey").mkdir()
    (tmp_path / "survey" / "all.yaml").write_text("touchpoints: {payment: {}}\n")
    (tmp_path / "traffic.csv").write_text("at,person\n2026-01-01,u1\n")
    code = (
        "import sys\n"
        "from tactful_gateway.cli.main import app\n"
        "app(['simulate', 'survey', '--traffic', 'traffic.csv', '--touchpoint', 'payment'], standalone_mode=False)\n"
        "import tactful_gateway.cli.importing\n"
        "assert 'pyarrow' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 touchpoint by 1 person" in done.stdout
