"""The circuit as a machine, against arbitrary histories."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tactful.core.circuit import LONGEST_BACKOFF, LONGEST_RETRY_AFTER, UNPROBED_GRACE, Circuit

JITTER = st.floats(0, 1, exclude_max=True)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["call ok", "call fails", "probe ok", "probe fails", "retry after", "wait"]),
        st.floats(0, 5),
        JITTER,
    ),
    max_size=60,
)


def _play(circuit: Circuit, history: list[tuple[str, float, float]]) -> float:
    now = 100.0
    for event, pause, jitter in history:
        now += pause
        if event == "call ok" and circuit.admits(now):
            circuit.succeeded()
        elif event == "call fails" and circuit.admits(now):
            circuit.failed(now, jitter)
        elif event == "retry after" and circuit.admits(now):
            circuit.failed(now, jitter, 1e9)
        elif event == "probe ok" and circuit.probe_due(now):
            circuit.probed(now)
        elif event == "probe fails" and circuit.probe_due(now):
            circuit.failed(now, jitter)
    return now


@given(EVENTS)
def test_it_always_opens_again_and_never_later_than_the_longest_wait(history: list[tuple[str, float, float]]) -> None:
    circuit = Circuit()
    now = _play(circuit, history)
    assert circuit.until <= now + max(LONGEST_BACKOFF * 1.25, LONGEST_RETRY_AFTER * 1.1)
    later = now + LONGEST_RETRY_AFTER * 1.1 + UNPROBED_GRACE + 1
    assert circuit.admits(later)


@given(EVENTS)
def test_after_a_failure_nobody_is_admitted_before_a_probe(history: list[tuple[str, float, float]]) -> None:
    circuit = Circuit()
    now = _play(circuit, history)
    circuit.failed(now, 0.5)
    assert not circuit.admits(now)
    assert not circuit.admits(max(circuit.until, now) + UNPROBED_GRACE / 2)


@given(EVENTS)
def test_half_open_admits_exactly_one(history: list[tuple[str, float, float]]) -> None:
    circuit = Circuit()
    now = _play(circuit, history)
    circuit.failed(now, 0.5)
    now = max(circuit.until, now)
    circuit.probed(now)
    assert [circuit.admits(now) for _ in range(5)] == [True, False, False, False, False]
    circuit.succeeded()
    assert [circuit.admits(now) for _ in range(3)] == [True] * 3


def test_the_backoff_doubles_up_to_its_limit_and_starts_anew_after_a_success() -> None:
    circuit, now, waits = Circuit(), 0.0, []
    for _ in range(10):
        circuit.failed(now, 0.5)
        waits.append(circuit.until - now)
        now = circuit.until
        circuit.probed(now)
        assert circuit.admits(now)
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits[-1] == LONGEST_BACKOFF
    circuit.succeeded()
    circuit.failed(now, 0.5)
    assert circuit.until - now == 0.5


def test_a_look_that_was_on_its_way_when_it_opened_is_no_probe() -> None:
    circuit = Circuit()
    circuit.failed(0.0, 0.5, 60.0)
    circuit.probed(1.0)
    assert circuit.state == "open"


def test_failures_under_way_do_not_lengthen_the_backoff() -> None:
    circuit = Circuit()
    for _ in range(50):
        circuit.failed(0.0, 0.5)
    assert circuit.until == 0.5
