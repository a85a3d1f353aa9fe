"""Spans of the real OpenTelemetry SDK around the calls that go out, and none where nobody traces."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

TRACED = """
import asyncio, json, logging, sys, time
logging.basicConfig(format="%(levelname)s %(message)s")
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import tactful
exporter = InMemorySpanExporter()
def provide():
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
def told():
    print(json.dumps([
        [s.name, s.kind.name, dict(s.attributes), s.status.status_code.name, s.status.description, len(s.events),
         format(s.context.trace_id, "032x"), format(s.context.span_id, "016x"),
         s.parent and format(s.parent.span_id, "016x")]
        for s in exporter.get_finished_spans()
    ]))
def wait(done):
    end = time.monotonic() + 50
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
OPTIONS = {"key": "sk_very_secret", "cache_dir": None, "timeout": 5.0}
PERSON, PARAMS = {"id": "u-42-person"}, {"order": {"kind": "combo-param"}}
"""
THREADS = """
sdk = tactful.Tactful(sys.argv[1], **OPTIONS)
def ask(name): return sdk.touchpoint(name, PERSON, PARAMS)
def work(): body(sdk); sdk.close()
"""
TASKS = """
sdk = tactful.AsyncTactful(sys.argv[1], **OPTIONS)
loop = asyncio.new_event_loop()
def ask(name): return loop.run_until_complete(sdk.touchpoint(name, PERSON, PARAMS))
def work(): body(sdk); loop.run_until_complete(sdk.close()); loop.close()
"""
KINDS = pytest.mark.parametrize("kind", [THREADS, TASKS], ids=["threads", "asyncio"])


@pytest.fixture
def gateway(little_gateway: Any) -> Any:
    little_gateway.publish("payment", "menu")
    return little_gateway


def _spans(out: str) -> list[Any]:
    spans: list[Any] = json.loads(next(line for line in out.splitlines() if line.startswith("[[") or line == "[]"))
    return spans


@KINDS
def test_a_call_that_goes_out_is_a_span_that_names_no_person_param_or_key(
    run_program: Callable[..., str], gateway: Any, kind: str
) -> None:
    gateway.answers = {"menu": "paused"}
    out = run_program(
        TRACED
        + kind
        + """
provide()
def body(sdk):
    with trace.get_tracer("shop").start_as_current_span("order"):
        ask("payment")
    ask("menu")
    assert trace.get_current_span() is trace.INVALID_SPAN
work(); told()
""",
        gateway.url,
    )
    payment, order, menu = _spans(out)
    assert payment[:4] == [
        "tactful.touchpoint",
        "CLIENT",
        {
            "tactful.touchpoint": "payment",
            "tactful.ask": True,
            "tactful.reason": "asked",
            "tactful.decided_locally": False,
        },
        "UNSET",
    ]
    assert payment[6] == order[6]
    assert payment[8] == order[7]
    assert menu[2]["tactful.reason"] == "paused"
    assert [headers["traceparent"][:-2] for headers in gateway.headers] == [
        f"00-{span[6]}-{span[7]}-" for span in (payment, menu)
    ]
    for secret in ("u-42-person", "combo-param", "very_secret", '"tok"'):
        assert secret not in out


@KINDS
def test_what_is_decided_here_is_no_span(run_program: Callable[..., str], gateway: Any, kind: str) -> None:
    gateway.publish("payment")
    out = run_program(
        TRACED
        + kind
        + """
provide()
def body(sdk):
    ask("payment")
    wait(lambda: ask("nowhere") and sdk.status().version)
    exporter.clear()
    ask("nowhere")
work(); told()
""",
        gateway.url,
    )
    assert _spans(out) == []


@KINDS
def test_a_call_without_an_answer_is_an_error_that_tells_its_kind(
    run_program: Callable[..., str], gateway: Any, kind: str
) -> None:
    gateway.on_call = gateway.refuse(500, {"code": "broken", "detail": "u-42-person"})
    out = run_program(
        TRACED + kind + "provide()\ndef body(sdk):\n    ask('payment')\n    ask('payment')\nwork(); told()",
        gateway.url,
    )
    (span,) = _spans(out)  # the second found the circuit open and did not go out
    assert span[2]["tactful.decided_locally"] is True
    assert span[2]["tactful.reason"] == "unavailable"
    assert span[2]["error.type"] == "UnavailableError"
    assert span[3:6] == ["ERROR", None, 0]


@KINDS
def test_without_a_provider_nothing_is_recorded_and_one_set_later_is_found(
    run_program: Callable[..., str], gateway: Any, kind: str
) -> None:
    out = run_program(
        TRACED + kind + "def body(sdk):\n    ask('payment'); provide(); ask('menu')\nwork(); told()", gateway.url
    )
    assert [span[2]["tactful.touchpoint"] for span in _spans(out)] == ["menu"]
    assert ["traceparent" in headers for headers in gateway.headers] == [False, True]


@KINDS
def test_instrumented_httpx_continues_the_span(run_program: Callable[..., str], gateway: Any, kind: str) -> None:
    out = run_program(
        TRACED
        + """
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
provide()
HTTPXClientInstrumentor().instrument()
"""
        + kind
        + "def body(sdk):\n    ask('payment')\nwork(); told()",
        gateway.url,
    )
    spans = _spans(out)
    (ours,) = (span for span in spans if span[0] == "tactful.touchpoint")
    (inner,) = (span for span in spans if span[8] == ours[7])
    assert gateway.headers[0]["traceparent"][:-2] == f"00-{ours[6]}-{inner[7]}-"


@KINDS
@pytest.mark.parametrize("step", ["on_start", "on_end"])
def test_tracing_that_fails_costs_no_decision(
    run_program: Callable[..., str], gateway: Any, kind: str, step: str
) -> None:
    out = run_program(
        TRACED
        + kind
        + f"""
from opentelemetry.sdk.trace import SpanProcessor
class Broken(SpanProcessor):
    def {step}(self, *_, **__):
        raise ZeroDivisionError
provider = TracerProvider()
provider.add_span_processor(Broken())
trace.set_tracer_provider(provider)
def body(sdk):
    print(ask("payment").reason, ask("payment").reason)
work()
""",
        gateway.url,
    )
    assert "asked asked" in out
    assert out.count("ZeroDivisionError") == 1


@KINDS
def test_a_span_whose_context_cannot_be_passed_on_is_ended(
    run_program: Callable[..., str], gateway: Any, kind: str
) -> None:
    out = run_program(
        TRACED
        + kind
        + """
from opentelemetry import propagate
class Broken(propagate.get_global_textmap().__class__):
    def __init__(self): pass
    def inject(self, *_, **__):
        raise ZeroDivisionError
provide()
propagate.set_global_textmap(Broken())
def body(sdk):
    print(ask("payment").reason)
work(); told()
""",
        gateway.url,
    )
    assert "asked" in out
    assert [span[0] for span in _spans(out)] == ["tactful.touchpoint"]


@KINDS
def test_a_span_that_takes_no_attributes_costs_no_decision(
    run_program: Callable[..., str], gateway: Any, kind: str
) -> None:
    out = run_program(
        TRACED
        + kind
        + """
class Broken(trace.NonRecordingSpan):
    def set_attributes(self, attributes):
        raise ZeroDivisionError
class Tracer(trace.NoOpTracer):
    def start_span(self, *_, **__):
        return Broken(trace.INVALID_SPAN_CONTEXT)
class Provider(trace.NoOpTracerProvider):
    def get_tracer(self, *_, **__):
        return Tracer()
trace.set_tracer_provider(Provider())
def body(sdk):
    print(ask("payment").reason, ask("payment").reason)
work()
""",
        gateway.url,
    )
    assert "asked asked" in out
    assert out.count("ZeroDivisionError") == 1


def test_a_span_that_is_slow_to_make_holds_up_no_other_thread(run_program: Callable[..., str], gateway: Any) -> None:
    out = run_program(
        TRACED
        + THREADS
        + """
import threading
from opentelemetry.sdk.trace import SpanProcessor
entered, goes_on = threading.Event(), threading.Event()
class Slow(SpanProcessor):
    def on_start(self, span, parent_context=None):
        if threading.current_thread().name == "slow":
            entered.set()
            goes_on.wait(40)
provider = TracerProvider()
provider.add_span_processor(Slow())
trace.set_tracer_provider(provider)
def body(sdk):
    ask("payment")
    slow = threading.Thread(target=ask, args=("payment",), name="slow")
    slow.start()
    entered.wait()
    begun = time.monotonic()
    print(ask("payment").reason, time.monotonic() - begun < 20)
    goes_on.set()
    slow.join()
work()
""",
        gateway.url,
    )
    assert "asked True" in out


@KINDS
def test_tracing_does_not_hold_a_call_while_httpx_loads(
    run_program: Callable[..., str], gateway: Any, kind: str
) -> None:
    out = run_program(
        TRACED
        + """
class Slow:  # a cold disk
    def find_spec(self, name, path=None, target=None):
        if name == "httpx":
            time.sleep(3)
sys.meta_path.insert(0, Slow())
OPTIONS["timeout"] = 0.3
"""
        + kind
        + """
provide()
def body(sdk):
    begun = time.monotonic()
    print(ask("payment").reason, time.monotonic() - begun < 1.5)
work()
""",
        gateway.url,
    )
    assert "unavailable True" in out


def test_opentelemetry_is_not_loaded_by_us(run_program: Callable[..., str], gateway: Any) -> None:
    out = run_program(
        """
import sys, tactful
with tactful.Tactful(sys.argv[1], key="sk_test", cache_dir=None, timeout=5) as sdk:
    print(sdk.touchpoint("payment", "u-1").reason, [name for name in sys.modules if name.startswith("opentelemetry")])
""",
        gateway.url,
    )
    assert out.strip() == "asked []"
