"""The kind `postgres` as the registry knows it, before asyncpg is needed."""

from __future__ import annotations

from tactful_gateway.outgoing.extra import Extra
from tactful_gateway.sinks.kind import SinkKind, built_late
from tactful_gateway.sinks.postgres.config import PostgresConfig, check
from tactful_gateway.sinks.shapes.registry import AS_IS

KIND = SinkKind(
    "postgres",
    PostgresConfig,
    built_late("tactful_gateway.sinks.postgres.sink", "PostgresSink"),
    check,
    extra=Extra("postgres", "asyncpg"),
    shapes=(AS_IS,),
    address=("url", "table"),
)
