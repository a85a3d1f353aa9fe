"""The kind `nats` as the registry knows it, before nats-py is needed."""

from __future__ import annotations

from tactful_gateway.outgoing.extra import Extra
from tactful_gateway.sinks.kind import SinkKind, built_late
from tactful_gateway.sinks.nats.config import NatsConfig, check

KIND = SinkKind(
    "nats",
    NatsConfig,
    built_late("tactful_gateway.sinks.nats.sink", "NatsSink"),
    check,
    extra=Extra("nats", "nkeys"),  # which nats-py does not bring unasked
    address=("url", "stream", "subject"),
)
