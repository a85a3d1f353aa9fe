"""Options: every problem in one go, each naming its key and what to do, none quoting a value."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest

from tactful_gateway.clock import SystemClock
from tactful_gateway.sinks.jsonl.sink import JsonlSink
from tactful_gateway.sinks.kind import SinkKind
from tactful_gateway.sinks.registry import KINDS, SinkOptionsError, build, check_options
from tactful_gateway.sinks.shapes.registry import ALL
from tactful_gateway.sinks.webhook.sink import WebhookSink
from tactful_rules.model.folder import SinkConfig
from tactful_rules.source.sections.sinks import SHAPES

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "https://hooks.example.com/in"
SASL = {"mechanism": "SCRAM-SHA-256", "user": "tactful", "password": "hunter2"}
PG = "postgresql://u:hunter2@db.example/a"
NATS = ("url", "stream", "subject")
PARQUET = (("path", "bad_value"), ("rows", "wrong_type"), ("shape", "bad_value"))
CLICK = "https://click.example:8443"
GOOD = [
    ("clickhouse", {"url": CLICK}),
    ("clickhouse", {"url": "${URL}", "login": {"user": "u", "password": "${P}"}, "table": "a", "shape": "flat"}),
    ("clickhouse", {"url": "http://10.0.0.1:8123", "login": {"user": "u", "password": "p"}, "allow_private": True}),
    ("jsonl", {"path": "data/a.jsonl"}),
    ("jsonl", {"path": "${DIR}/a.jsonl", "rotate": {"size": "100MB", "every": "day"}}),
    ("kafka", {"brokers": "kafka.example:9092", "topic": "answers"}),
    ("kafka", {"brokers": "a.example:9092,b.example:9092", "topic": "a.b_c-d", "tls": True}),
    ("kafka", {"brokers": ["[::1]:9092", "${B}"], "topic": "${TOPIC}", "tls": {"ca": "ca.pem"}, "sasl": SASL}),
    ("nats", {"url": "nats://nats.example", "stream": "TACTFUL"}),
    ("nats", {"url": "nats://a.example:4222,nats://b.example", "stream": "TACTFUL"}),
    ("nats", {"url": ["tls://a.example:4222", "${B}"], "stream": "S", "subject": "s.{{type}}", "tls": {"first": True}}),
    ("nats", {"url": "${URL}", "stream": "S", "login": {"user": "t", "password": "${P}"}, "replicas": 3}),
    ("postgres", {"url": "postgresql://u:p@db.example:5433/answers?sslmode=verify-full"}),
    ("postgres", {"url": "postgres:///answers", "table": "analytics.Answers_2"}),
    ("postgres", {"url": "${DATABASE_URL}", "table": "${TABLE}"}),
    ("parquet", {"path": "data/answers"}),
    ("parquet", {"path": "${DIR}", "rows": 5000, "shape": "flat"}),
    ("stdout", {}),
    ("stdout", {"format": "pretty"}),
    ("webhook", {"url": URL, "secret": SECRET}),
    ("webhook", {"url": URL, "secret": [SECRET, "${OLD}"], "headers": {"authorization": "Bearer ${T}"}}),
    ("webhook", {"url": "${URL}", "secret": "${SECRET}", "timeout": "${SECONDS}", "allow_private": True}),
]
BAD = [
    ("clickhouse", {}, [("url", "missing_key")]),
    ("clickhouse", {"url": "http://10.0.0.1:8123"}, [("url", "private_address")]),
    ("clickhouse", {"url": "https://u:hunter2@click.example"}, [("url", "bad_value")]),
    ("clickhouse", {"url": f"{CLICK}/?password=hunter2"}, [("url", "bad_value")]),
    ("clickhouse", {"url": "click.example:8443"}, [("url", "bad_value")]),
    (
        "clickhouse",
        {"url": CLICK, "table": "a b", "database": "`"},
        [(key, "bad_value") for key in ("table", "database")],
    ),
    ("clickhouse", {"url": CLICK, "login": {"user": "u", "pasword": "hunter2"}}, [("login.pasword", "unknown_key")]),
    ("clickhouse", {"url": CLICK, "login": {"user": "u", "password": "hunter2\n"}}, [("login", "bad_value")]),
    ("clickhouse", {"url": CLICK, "shape": "formbricks"}, [("shape", "bad_value")]),
    ("jsonl", {}, [("path", "missing_key")]),
    ("jsonl", {"path": 5, "rotat": {}}, [("rotat", "unknown_key"), ("path", "wrong_type")]),
    ("jsonl", {"path": "dir/"}, [("path", "bad_value")]),
    ("jsonl", {"path": "a\0b"}, [("path", "bad_value")]),
    ("jsonl", {"path": "a", "rotate": {"size": "100"}}, [("rotate.size", "bad_value")]),
    ("jsonl", {"path": "a", "rotate": {"every": "week"}}, [("rotate.every", "wrong_type")]),
    ("jsonl", {"path": "a", "rotate": {"evry": "day"}}, [("rotate.evry", "unknown_key")]),
    ("kafka", {}, [("brokers", "missing_key"), ("topic", "missing_key")]),
    ("kafka", {"brokers": "kafka.example", "topic": "a b"}, [("brokers", "bad_value"), ("topic", "bad_value")]),
    ("kafka", {"brokers": ["hunter2@k:9092"], "topic": ".."}, [("brokers", "bad_value"), ("topic", "bad_value")]),
    ("kafka", {"brokers": "k:9092,,j:9092", "topic": "a"}, [("brokers", "bad_value")]),
    (
        "kafka",
        {"brokers": "k:9092", "topic": "a", "sasl": SASL | {"mechanism": "hunter2"}},
        [("sasl.mechanism", "wrong_type")],
    ),
    ("kafka", {"brokers": "k:9092", "topic": "a", "tls": {"key": "k"}}, [("tls.certificate", "missing_key")]),
    ("kafka", {"brokers": "k:9092", "topic": "a", "tls": {"cert": "k"}}, [("tls.cert", "unknown_key")]),
    ("nats", {}, [("url", "missing_key"), ("stream", "missing_key")]),
    ("nats", {"url": "http://x", "stream": "a.b", "subject": "a..b"}, [(key, "bad_value") for key in NATS]),
    ("nats", {"url": "nats://a.example,,hunter2", "stream": "S"}, [("url", "bad_value")]),
    ("nats", {"url": [], "stream": "S", "replicas": 2}, [("url", "wrong_type"), ("replicas", "wrong_type")]),
    (
        "nats",
        {"url": "nats://hunter2@x", "stream": "S", "subject": "$JS.{{type}}"},
        [(k, "bad_value") for k in NATS[::2]],
    ),
    ("nats", {"url": "nats://x:0", "stream": "S", "subject": "a.x{{type}}"}, [(k, "bad_value") for k in NATS[::2]]),
    ("nats", {"url": "nats://x", "stream": "S", "login": {"user": "u"}}, [("login", "wrong_type")]),
    ("nats", {"url": "nats://x", "stream": "S", "tls": {"key": "k"}}, [("tls.certificate", "missing_key")]),
    ("nats", {"url": "nats://x", "stream": "S", "tls": {"frst": True}}, [("tls.frst", "unknown_key")]),
    ("nats", {"url": "nats://x", "stream": "S", "token": "hunter2", "nkey": "n"}, [("nkey", "bad_value")]),
    ("postgres", {}, [("url", "missing_key")]),
    ("postgres", {"url": "mysql://u:hunter2@db.example/a"}, [("url", "bad_value")]),
    ("postgres", {"url": "postgresql://u:hunter2@db.example:port/a"}, [("url", "bad_value")]),
    ("postgres", {"url": PG, "table": 'a"; DROP TABLE b; --'}, [("table", "bad_value")]),
    ("postgres", {"url": PG, "table": "a.b.c"}, [("table", "bad_value")]),
    ("postgres", {"url": PG, "table": "x" * 64}, [("table", "bad_value")]),
    ("postgres", {"url": PG, "tabel": "a", "timeout": 0}, [("tabel", "unknown_key"), ("timeout", "wrong_type")]),
    ("parquet", {}, [("path", "missing_key")]),
    ("parquet", {"path": " ", "rows": 0, "shape": "posthog"}, [*PARQUET]),
    ("stdout", {"format": "xml"}, [("format", "wrong_type")]),
    ("webhook", {}, [("url", "missing_key"), ("secret", "missing_key")]),
    ("webhook", {"url": "ftp://x.example", "secret": SECRET}, [("url", "bad_value")]),
    ("webhook", {"url": "hooks.example.com", "secret": SECRET}, [("url", "bad_value")]),
    ("webhook", {"url": "http://①②⑦.⓪.⓪.①/", "secret": SECRET}, [("url", "bad_value")]),
    ("webhook", {"url": "https://xn--/", "secret": SECRET}, [("url", "bad_value")]),
    ("webhook", {"url": "https://u:p@x.example/", "secret": SECRET}, [("url", "bad_value")]),
    ("webhook", {"url": URL, "secret": "hunter2"}, [("secret", "bad_value")]),
    ("webhook", {"url": URL, "secret": [SECRET] * 3}, [("secret", "wrong_type")]),
    ("webhook", {"url": URL, "secret": SECRET, "timeout": 31}, [("timeout", "wrong_type")]),
    ("webhook", {"url": URL, "secret": SECRET, "headers": {"Webhook-Id": "1"}}, [("headers.Webhook-Id", "bad_value")]),
    ("webhook", {"url": URL, "secret": SECRET, "headers": {"a b": "1"}}, [("headers.a b", "bad_value")]),
    ("webhook", {"url": URL, "secret": SECRET, "headers": {"a": "1\r\nb: 2"}}, [("headers.a", "bad_value")]),
    ("webhok", {}, [("kind", "unknown_kind")]),
]


@pytest.mark.parametrize(("kind", "options"), GOOD)
def test_good_options_have_no_problem(kind: str, options: Mapping[str, object]) -> None:
    assert check_options(kind, options) == []


@pytest.mark.parametrize(("kind", "options", "found"), BAD)
def test_bad_options_are_named_with_their_code(
    kind: str, options: Mapping[str, object], found: list[tuple[str, str]]
) -> None:
    problems = check_options(kind, options)
    assert sorted((problem.key, problem.code) for problem in problems) == sorted(found)
    assert all("hunter2" not in problem.message for problem in problems)


def test_a_near_miss_is_answered_with_a_suggestion() -> None:
    (problem,) = check_options("webhok", {})
    assert 'did you mean "webhook"?' in problem.message
    options = {"brokers": "k:9092", "topic": "a", "tls": {"certifcate": "k"}}
    assert 'did you mean "certificate"?' in check_options("kafka", options)[0].message
    (problem,) = check_options("jsonl", {"path": "a", "rotat": {}})
    assert 'did you mean "rotate"?' in problem.message


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.extra is not None], ids=lambda kind: kind.name
)
def test_a_kind_whose_library_is_missing_says_what_to_install(kind: SinkKind, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kind.extra is not None
    options = next(options for name, options in GOOD if name == kind.name)
    monkeypatch.setitem(sys.modules, kind.extra.module, None)
    (problem,) = check_options(kind.name, options)
    assert problem.code == "missing_extra"
    assert f'pip install "tactful[{kind.name}]"' in problem.message
    with pytest.raises(SinkOptionsError, match="pip install"):
        build(SinkConfig(id="sink", kind=kind.name, options=options), SystemClock())


def test_every_kind_and_shape_of_the_design_is_known() -> None:
    assert {*KINDS} == {
        "webhook", "jsonl", "parquet", "postgres", "clickhouse", "kafka", "nats", "stdout",
    }  # fmt: skip
    assert {*ALL} == {*SHAPES}


def test_building_takes_texts_from_the_environment_for_numbers() -> None:
    options = {"url": URL, "secret": SECRET, "timeout": "2.5", "allow_private": "true"}
    sink = build(SinkConfig(id="hook", kind="webhook", options=options), SystemClock())
    assert isinstance(sink, WebhookSink)


def test_building_refuses_what_checking_refuses() -> None:
    with pytest.raises(SinkOptionsError, match="sink file: a sink of kind jsonl needs `path`"):
        build(SinkConfig(id="file", kind="jsonl"), SystemClock())
    with pytest.raises(SinkOptionsError, match="the shape posthog needs `posthog`"):
        build(SinkConfig(id="file", kind="jsonl", shape="posthog", options={"path": "a"}), SystemClock())
    built = build(SinkConfig(id="file", kind="jsonl", options={"path": "a"}), SystemClock())
    assert isinstance(built, JsonlSink)
