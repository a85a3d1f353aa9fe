"""A gateway that serves what is published, and a client that publishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import RunningGateway
from tests.gateway.http.conftest import DescribedClient

RULES = """
touchpoints:
  payment: {params: {order.amount: {type: number, minimum: 0}}}
rules:
  any-payment: {at: payment, ask: csat}
questionnaires:
  csat: {questions: [{id: score, type: csat, text: How was paying?}]}
do_not_disturb: {}
"""
SINK = 'sinks: {answers: {kind: jsonl, path: "${ANSWERS}"}}\n'


class Publisher(DescribedClient):
    """Publishes, and checks every answer against the API's description."""

    def publish(self, *, message: str = "", headers: dict[str, str] | None = None, **files: str) -> httpx.Response:
        """Publish texts: `rules="..."` is the file `rules.yaml`."""
        body = {"files": {f"{name}.yaml": text for name, text in files.items()}, "message": message}
        return self.put("/v1/ruleset", headers={**self.ak, **(headers or {})}, json=body)

    def versions(self, **query: Any) -> list[dict[str, Any]]:
        """Give the versions kept."""
        found: list[dict[str, Any]] = self.get("/v1/ruleset/versions", headers=self.ak, params=query).json()["versions"]
        return found

    def reason(self, person: str = "") -> str:
        """Give why somebody new who pays is asked, or not."""
        return str(self.ask(person)["reason"])


@pytest.fixture
def published(running_gateway: Callable[..., RunningGateway]) -> Iterator[Callable[..., Publisher]]:
    """Give a function that starts a gateway without a folder and gives a client of it; again, one on the same data."""
    clients: list[Publisher] = []

    def start(survey: str | None = None, **options: Any) -> Publisher:
        if clients:
            clients[-1].close()
            clients[-1].gateway.stop()
        clients.append(Publisher(running_gateway(survey, **options)))
        return clients[-1]

    yield start
    for client in clients:
        client.close()
