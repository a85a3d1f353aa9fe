"""Consumers: whoever reads the journal does so here, from a durable cursor, with retries and dead letters."""

from tactful_gateway.consumers.group import Consumers
from tactful_gateway.consumers.status import SinkStatus

__all__ = ["Consumers", "SinkStatus"]
