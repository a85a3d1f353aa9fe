"""The sink kind `clickhouse`: rows into a table over ClickHouse's HTTP interface."""
