"""The kind `parquet` as the registry knows it, before pyarrow is needed."""

from __future__ import annotations

from tactful_gateway.outgoing.extra import Extra
from tactful_gateway.sinks.kind import SinkKind, built_late
from tactful_gateway.sinks.parquet.config import ParquetConfig, check
from tactful_gateway.sinks.shapes.table import TABLES

KIND = SinkKind(
    "parquet",
    ParquetConfig,
    built_late("tactful_gateway.sinks.parquet.sink", "ParquetSink"),
    check,
    file="path",
    extra=Extra("parquet", "pyarrow"),
    shapes=TABLES,
)
