"""The kind `kafka` as the registry knows it, before confluent-kafka is needed."""

from __future__ import annotations

from tactful_gateway.outgoing.extra import Extra
from tactful_gateway.sinks.kafka.config import KafkaConfig, check
from tactful_gateway.sinks.kind import SinkKind, built_late

KIND = SinkKind(
    "kafka",
    KafkaConfig,
    built_late("tactful_gateway.sinks.kafka.sink", "KafkaSink"),
    check,
    extra=Extra("kafka", "confluent_kafka"),
    address=("brokers", "topic"),
)
