"""The options of a `kafka` sink, and what the client library makes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.outgoing.tls import Tls, check_tls

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


class Sasl(Struct, frozen=True, forbid_unknown_fields=True):
    """How to sign in."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    user: str
    password: str


class KafkaConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where records go and who writes them.

    `brokers` is one `host:port` or several of one cluster. `tls` is True for the system's authorities. `timeout` is in
    seconds for a whole batch; a new producer takes half of one before it writes.
    """

    brokers: str | Annotated[tuple[str, ...], Meta(min_length=1)]
    topic: str
    tls: bool | Tls = False
    sasl: Sasl | None = None
    timeout: Annotated[float, Meta(ge=1, le=30)] = 10.0

    def settings(self) -> dict[str, str | int | bool]:
        """Give the producer's settings by librdkafka's names."""
        return {
            "bootstrap.servers": self.brokers if isinstance(self.brokers, str) else ",".join(self.brokers),
            "client.id": "tactful",
            "enable.idempotence": True,
            "acks": "all",
            "partitioner": "murmur2_random",  # as Java's client: other writers' records of a person stand beside ours
            "linger.ms": 0,  # a batch is here already: there is nothing to wait for
            "delivery.timeout.ms": round(self.timeout * 1000),
            **self._security(),
        }

    def _security(self) -> dict[str, str]:
        protocol = f"{'SASL_' if self.sasl else ''}{'SSL' if self.tls is not False else 'PLAINTEXT'}"
        settings = {"security.protocol": protocol}
        if isinstance(self.tls, Tls):
            files = {
                "ca": self.tls.ca,
                "certificate": self.tls.certificate,
                "key": self.tls.key or self.tls.certificate,
            }
            settings |= {f"ssl.{name}.location": path for name, path in files.items() if path is not None}
        if self.sasl is not None:
            mechanism, user, password = self.sasl.mechanism, self.sasl.user, self.sasl.password
            settings |= {"sasl.mechanism": mechanism, "sasl.username": user, "sasl.password": password}
        return settings


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find brokers that are no `host:port` and a topic that can't be one."""
    brokers, topic, tls = values.get("brokers", ()), values.get("topic"), values.get("tls")
    problems = check_tls(tls if isinstance(tls, Tls) else None)
    if not all(map(_is_broker, _split(brokers))):
        message = "`brokers` is a host and a port, such as kafka-1.example.com:9092, or a list of such"
        problems.append(OptionProblem("brokers", "bad_value", message))
    if topic is not None and (not _TOPIC.fullmatch(topic) or topic in {".", ".."}):
        message = "`topic` is made of letters, digits, dots, underscores and hyphens, 249 at most"
        problems.append(OptionProblem("topic", "bad_value", message))
    return problems


def _split(brokers: str | Sequence[str]) -> Sequence[str]:
    """Take `a:9092,b:9092` apart: that is how one environment variable names several."""
    return brokers.split(",") if isinstance(brokers, str) else brokers


def _is_broker(text: str) -> bool:
    try:
        parts = urlsplit(f"//{text.strip()}")
        port = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and bool(port) and parts.username is None and not parts.path and not parts.query
