"""ClickHouse's own engine takes the rows: once each, with their types, whatever goes wrong on the way."""

from __future__ import annotations

import itertools
import time
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from msgspec.structs import replace

from tactful_gateway.contracts.sink import NOW, SinkContract, deliver_all, deliver_to, delivery
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.sinks.base import Delivery, Sink
from tactful_gateway.sinks.clickhouse.config import ClickhouseConfig
from tactful_gateway.sinks.clickhouse.sink import ClickhouseSink
from tactful_gateway.sinks.clickhouse.statements import INSERT_SETTINGS
from tactful_gateway.sinks.registry import check_options
from tests.gateway.sinks.clickhouse.harness import ClickhouseHarness
from tests.gateway.sinks.receiver import Answer, Receiver
from tests.gateway.sinks.shapes.story import journal
from tests.servers.clickhouse import PASSWORD, USER, ClickhouseServer

NUMBERS = itertools.count()


async def attempt(sink: Sink, deliveries: list[Delivery]) -> None:
    """Deliver, and close the sink whatever comes of it."""
    try:
        await deliver_to(sink, deliveries)
    finally:
        await sink.close()


@pytest.fixture
def table(clickhouse_server: ClickhouseServer, monkeypatch: pytest.MonkeyPatch) -> ClickhouseHarness:
    monkeypatch.setattr("tactful_gateway.sinks.clickhouse.sink.REST", 0.0)
    return ClickhouseHarness(clickhouse_server, f"answers_{next(NUMBERS)}")


class TestClickhouse(SinkContract):
    kind = "clickhouse"

    @pytest.fixture
    def harness(self, table: ClickhouseHarness) -> ClickhouseHarness:
        return table


async def test_the_table_replaces_rows_of_one_id_and_is_partitioned_by_month(table: ClickhouseHarness) -> None:
    await deliver_all(table.sink(), [delivery(1)])
    made = table.server.ask(f"SHOW CREATE TABLE {table.table}")
    assert all(part in made for part in ("ReplacingMergeTree", "PARTITION BY toYYYYMM(time)", "ORDER BY id"))
    assert table.ask("type, toUnixTimestamp64Milli(time), subject") == [
        ["tactful.response.completed", str(NOW), "u-1"],
    ]


async def test_a_batch_that_arrived_but_was_not_acknowledged_is_not_inserted_again(table: ClickhouseHarness) -> None:
    batch = [delivery(seq) for seq in range(1, 4)]
    for _ in range(2):
        await deliver_all(table.sink(), batch)
    assert len(table.ask("id", final="")) == 3


async def test_an_event_that_comes_again_among_others_is_one_row_in_the_end(table: ClickhouseHarness) -> None:
    await deliver_all(table.sink(), [delivery(1), delivery(2)])
    await deliver_all(table.sink(), [delivery(2), delivery(3)])
    assert len(table.ask("id", final="")) == 4
    assert len(table.ask("id")) == 3


async def test_answers_become_columns_of_their_types(table: ClickhouseHarness) -> None:
    told = await journal()
    await deliver_all(table.sink("flat"), [told["response.updated"]])
    await deliver_all(table.sink("flat"), [told["response.completed"], told["feedback.received"]])
    assert table.ask(
        "score_score, score_ease, choices_how, other_how, text_why, complete, csat, seconds_to_complete"
    ) == [
        ["9", "\\N", "[]", "\\N", "\\N", "false", "\\N", "\\N"],
        ["9", "6", "['card','other']", "by phone", "=1+1, they said", "true", "\\N", "5"],
        ["\\N", "\\N", "[]", "\\N", "Slow", "true", "4.5", "\\N"],
    ]
    assert table.ask("number_stars, flag_again, choices_tags, toInt64(number_big), source")[-1] == [
        "4.5", "true", "['app','7']", str(2**60), "app-store",
    ]  # fmt: skip
    assert table.ask("toTypeName(score_ease), toTypeName(choices_how), toTypeName(answered_at), toTypeName(id)")[0] == [
        "Nullable(Int64)", "Array(String)", "Nullable(DateTime64(3, \\'UTC\\'))", "String",
    ]  # fmt: skip


async def test_a_question_whose_id_has_a_hyphen_has_a_column(table: ClickhouseHarness) -> None:
    event = msgspec.json.decode((await journal())["response.completed"].body)
    event["data"]["questions"] = [{"id": "why-not", "type": "text", "text": "?", "answer": "` \\ '"}]
    told = replace(delivery(1), id=event["id"], body=msgspec.json.encode(event))
    await deliver_all(table.sink("flat"), [told])
    assert table.ask("hex(`text_why-not`)") == [[b"` \\ '".hex().upper()]]


async def test_a_table_that_is_dropped_is_made_again(table: ClickhouseHarness) -> None:
    sink = table.sink()
    await deliver_to(sink, [delivery(1)])
    table.server.ask(f"DROP TABLE {table.table}")
    await sink.deliver([delivery(2)], NOW)
    await sink.close()
    assert table.ask("id") == [[delivery(2).id]]


async def test_a_table_of_somebody_s_own_is_left_as_it_is(table: ClickhouseHarness) -> None:
    columns = "id String, type String, time DateTime, subject String, event String, mine UInt8 DEFAULT 7"
    table.server.ask(f"CREATE TABLE {table.table} ({columns}) ENGINE = MergeTree ORDER BY time")
    await deliver_all(table.sink(), [delivery(1)])
    assert table.ask("mine", final="") == [["7"]]


async def test_a_row_that_does_not_fit_is_refused_for_good_and_quoted_nowhere_but_in_the_answer(
    table: ClickhouseHarness,
) -> None:
    columns = "id String, type String, time DateTime, subject UInt8, event String"
    table.server.ask(f"CREATE TABLE {table.table} ({columns}) ENGINE = MergeTree ORDER BY id")
    with pytest.raises(PermanentError) as refused:
        await attempt(table.sink(), [delivery(1)])
    assert str(refused.value).startswith("ClickHouse takes no such row (its error ")
    assert "u-1" not in str(refused.value)
    assert "subject" in refused.value.answer


async def test_a_column_that_nobody_knows_is_refused_for_good(table: ClickhouseHarness) -> None:
    body = msgspec.json.encode({"id": "x", "nobody_knows": 1})
    with pytest.raises(PermanentError, match="does not fit its columns"):
        await attempt(unshaped(table), [Delivery(1, "x", "tactful.response.completed", "u-1", NOW, body)])


def unshaped(table: ClickhouseHarness) -> Any:
    """Give the sink behind its shape."""
    return table.sink("flat")._sink  # type: ignore[attr-defined]


async def test_small_inserts_are_a_second_apart(table: ClickhouseHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    sink = table.sink()
    await sink.open()
    began = time.monotonic()
    for seq in (1, 2):
        await sink.deliver([delivery(seq)], NOW)
    assert time.monotonic() - began > 1
    await sink.close()
    assert len(table.ask("id")) == 2


async def test_a_wrong_password_is_waited_for_and_shown_nowhere(table: ClickhouseHarness) -> None:
    with pytest.raises(TransientError, match="error 516: the user or the password is wrong") as refused:
        await table.sink(login={"user": USER, "password": "hunter2"}).open()
    assert "hunter2" not in str(refused.value)


async def test_a_database_that_is_not_there_is_waited_for(table: ClickhouseHarness) -> None:
    with pytest.raises(TransientError, match="error 81: there is no such `database`"):
        await table.sink(database="nowhere").open()


async def test_the_password_and_the_rows_are_never_in_the_url(receiver: Receiver, table: ClickhouseHarness) -> None:
    receiver.answer = lambda request: Answer(200, body=b"1\n" if b"EXISTS" in request.body else b"")
    await deliver_all(table.sink(url=f"http://127.0.0.1:{receiver.port}"), [delivery(1, "a secret")])
    asked, inserted = receiver.requests
    for request in (asked, inserted):
        assert request.headers["x-clickhouse-user"] == USER
        assert request.headers["x-clickhouse-key"] == PASSWORD
        assert "authorization" not in request.headers
    assert b"a secret" in inserted.body
    assert set(dict(parse_qsl(inserted.query))) == {*INSERT_SETTINGS, "query", "insert_deduplication_token"}
    assert "secret" not in inserted.query
    assert asked.query == ""


@pytest.mark.parametrize("body", [b"<html>Welcome!</html>", b"1\n"])
async def test_a_200_of_somebody_else_is_no_delivery(receiver: Receiver, table: ClickhouseHarness, body: bytes) -> None:
    receiver.answer = lambda request: Answer(200, body=b"1\n" if b"EXISTS" in request.body else body)
    with pytest.raises(TransientError, match="no ClickHouse"):
        await attempt(table.sink(url=f"http://127.0.0.1:{receiver.port}"), [delivery(1)])


async def test_an_error_behind_a_200_is_no_delivery(receiver: Receiver, table: ClickhouseHarness) -> None:
    said = b"Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space (NOT_ENOUGH_SPACE)"
    receiver.answer = lambda request: Answer(200, body=b"1\n" if b"EXISTS" in request.body else said)
    with pytest.raises(TransientError, match="error 243: its disk is full"):
        await attempt(table.sink(url=f"http://127.0.0.1:{receiver.port}"), [delivery(1)])


async def test_a_busy_server_s_wish_is_honoured(receiver: Receiver, table: ClickhouseHarness) -> None:
    receiver.answer = lambda _: Answer(503, [("retry-after", "7")])
    with pytest.raises(TransientError, match="HTTP 503") as busy:
        await table.sink(url=f"http://127.0.0.1:{receiver.port}").open()
    assert busy.value.retry_after == 7_000


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "127.1", "[::1]"])
async def test_a_private_address_is_not_connected_to(host: str, receiver: Receiver) -> None:
    sink = ClickhouseSink(ClickhouseConfig(url=f"http://{host}:{receiver.port}"))
    with pytest.raises(TransientError, match="leads to a private address"):
        await attempt(sink, [delivery(1)])
    assert receiver.requests == []


def test_a_password_is_not_sent_in_the_clear() -> None:
    login = {"user": "u", "password": "hunter2"}
    (problem,) = check_options("clickhouse", {"url": "http://click.example:8123", "login": login})
    assert (problem.key, "in the clear" in problem.message) == ("url", True)
    assert check_options("clickhouse", {"url": "https://click.example:8443", "login": login}) == []
