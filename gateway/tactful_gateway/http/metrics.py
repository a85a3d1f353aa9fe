"""What the gateway counts for Prometheus; each gateway has a registry of its own, for several may live in a process."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from tactful_gateway.consumers.circuit import CircuitState
from tactful_gateway.consumers.status import SinkStatus
from tactful_gateway.couriers.status import ChannelStatus
from tactful_gateway.http.counting.balance import Balance
from tactful_gateway.http.counting.tally import PublicationResult, ReloadResult, Tally
from tactful_gateway.ledger.committer import Ledger
from tactful_rules.model.ids import SECOND, Instant

CONTENT_TYPE = CONTENT_TYPE_LATEST
MAX_SDKS = 100
"""Versions of SDKs told apart; whoever has a key could make up more."""
SINK_COUNTERS = {
    "accepted": "Events that the sink wants, those of a replay once more: delivered, pending, dead or erased.",
    "delivered": "Events delivered.",
    "erased": "Events erased with their persons, or too old among the dead letters, before they were delivered.",
    "filtered": "Journal events that the sink does not want.",
}
_SDK = re.compile(r"tactful-[a-z]{1,20}/[0-9][0-9A-Za-z.+]{0,31}")


class Delivered(Collector):
    """What sinks delivered and channels sent, as counters: they are kept where that is done, and not counted here."""

    sinks: Sequence[SinkStatus] = ()
    channels: Sequence[ChannelStatus] = ()

    def collect(self) -> Iterator[Metric]:
        """Give the counts last heard of."""
        for name, counted in SINK_COUNTERS.items():
            family = CounterMetricFamily(f"tactful_sink_{name}", counted, labels=("sink",))
            for sink in self.sinks:
                family.add_metric([sink.id], getattr(sink, name))
            yield family
        told = "Messages handed to a channel's provider, by what came of it; one that is retried goes again."
        family = CounterMetricFamily("tactful_channel_messages", told, labels=("channel", "result"))
        for channel in self.channels:
            for result in ("sent", "retried", "failed"):
                family.add_metric([channel.id, result], getattr(channel, result))
        yield family


class Metrics:
    """The gateway's own counters and gauges; sinks are read when somebody asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.tally = Tally()
        self.registry.register(self.tally)
        self._ruleset = Gauge("tactful_ruleset", "1 for the ruleset in force.", ("version",), registry=self.registry)
        self._head = Gauge("tactful_journal_head", "Highest sequence in the journal.", registry=self.registry)
        told = "Journal events too old to be kept that stay because this consumer has not passed them."
        self._held = Gauge("tactful_journal_held", told, ("consumer",), registry=self.registry)
        told = "When an SDK of this version last looked for the ruleset, in seconds since 1970."
        self._sdks = Gauge("tactful_sdk_last_look_timestamp_seconds", told, ("sdk",), registry=self.registry)
        self._known_sdks: set[str] = set()
        self._sinks = {
            name: Gauge(f"tactful_sink_{name}", text, ("sink",), registry=self.registry)
            for name, text in (
                ("pending", "Journal events that the sink wants and does not have yet."),
                ("uncounted", "Journal events not looked at yet, which the sink may want or not."),
                ("dead", "Events in the dead letters."),
                ("stopped", "1 when the sink's destination wants nothing more."),
                ("lag_seconds", "How long ago the oldest event happened that the sink does not have yet."),
            )
        }
        told = "1 for how the circuit of the sink's destination stands."
        self._circuits = Gauge("tactful_sink_circuit", told, ("sink", "state"), registry=self.registry)
        self._channels = {
            name: Gauge(f"tactful_channel_{name}", text, ("channel",), registry=self.registry)
            for name, text in (
                ("sending", "Messages under way to the channel's provider."),
                ("failing", "1 while the provider can't be used, or has refused five messages in a row."),
                ("lag_seconds", "How late the earliest message was that waited at the last look."),
            )
        }
        told = "Wake-ups that wait, due or not, by the channel that would send something; empty for none."
        self._scheduled = Gauge("tactful_scheduled", told, ("channel",), registry=self.registry)
        self._delivered = Delivered()
        self.registry.register(self._delivered)
        self._balance = Balance()
        self.registry.register(self._balance)

    def reload(self, result: ReloadResult) -> None:
        """Count one look at the survey folder or the database."""
        self.tally.reloads[(result,)] += 1

    def publication(self, result: PublicationResult) -> None:
        """Count one publication; `refused` is the publisher's to put right, `failed` is ours."""
        self.tally.publications[(result,)] += 1

    def ruleset(self, version: str) -> None:
        """Say which ruleset is in force."""
        self._ruleset.clear()
        self._ruleset.labels(version).set(1)

    def sdk(self, agent: str, now: Instant) -> None:
        """Note that an SDK which calls itself `agent` is alive; what else asks for the ruleset is left out."""
        if agent not in self._known_sdks:
            if len(self._known_sdks) >= MAX_SDKS or not _SDK.fullmatch(agent):
                return
            self._known_sdks.add(agent)
        self._sdks.labels(agent).set(now / 1000)

    def journal(self, head: int, scheduled: Mapping[str, int]) -> None:
        """Say how long the journal is, and what is scheduled by lane."""
        self._head.set(head)
        self._scheduled.clear()
        for lane, number in {"": 0, **scheduled}.items():
            self._scheduled.labels(lane).set(number)

    def ledger(self, ledger: Ledger) -> None:
        """Say how the ledger is doing; all of it at one moment, so that it balances."""
        self._balance.take(ledger)

    def held(self, held: Mapping[str, int]) -> None:
        """Say which consumers keep how much of the journal from going."""
        self._held.clear()
        for consumer, events in held.items():
            self._held.labels(consumer).set(events)

    def sinks(self, statuses: Sequence[SinkStatus], now: Instant) -> None:
        """Say how all sinks are doing; those no longer configured disappear.

        Of a sink that another gateway delivers to nothing is said: what is known of it here is old.
        """
        statuses = [status for status in statuses if status.state != "standby"]
        self._delivered.sinks = statuses
        for gauge in (*self._sinks.values(), self._circuits):
            gauge.clear()
        for status in statuses:
            self._sinks["pending"].labels(status.id).set(status.pending)
            self._sinks["uncounted"].labels(status.id).set(status.uncounted)
            self._sinks["dead"].labels(status.id).set(status.dead)
            self._sinks["stopped"].labels(status.id).set(status.state == "stopped")
            behind = 0 if status.oldest is None else max(0, now - status.oldest)
            self._sinks["lag_seconds"].labels(status.id).set(behind / SECOND)
            for state in get_args(CircuitState):
                self._circuits.labels(status.id, state).set(status.circuit == state)

    def channels(self, statuses: Sequence[ChannelStatus]) -> None:
        """Say how all sent channels are doing."""
        self._delivered.channels = statuses
        for gauge in self._channels.values():
            gauge.clear()
        for status in statuses:
            self._channels["sending"].labels(status.id).set(status.sending)
            self._channels["failing"].labels(status.id).set(status.state == "failing")
            self._channels["lag_seconds"].labels(status.id).set(status.lag / SECOND)

    def render(self) -> bytes:
        """Write everything in the Prometheus text format."""
        return generate_latest(self.registry)
