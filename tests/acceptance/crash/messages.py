"""Messages that the schedule sends a little later, whichever gateway is alive by then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx

from tests.eventually import eventually
from tests.gateway.couriers.stage import Provider

SURVEY = """
touchpoints: {payment: {}, visit: {}}
rules:
  at-once: {at: payment, ask: csat}
  later: {at: visit, ask: csat, channels: [sms], delay: 2s}
questionnaires: {csat: {questions: [{id: score, type: csat, text: How was it?}]}}
channels:
  web: {kind: widget}
  sms: {kind: http, url: "${SMS}", json: {person: "{{person}}", text: "{{url}}"}, allow_private: true}
do_not_disturb: {}
"""


def _insist(url: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """Call a touchpoint until it is answered: a gateway on a busy machine may say later, and is asked the very same."""

    def call() -> dict[str, Any]:
        try:
            answer = httpx.post(f"{url}/v1/touchpoints", headers={"authorization": f"Bearer {key}"}, json=body)
        except httpx.TransportError:
            return {}
        found: dict[str, Any] = {} if answer.status_code in {429, 503} else answer.json()
        return found

    return eventually(call, otherwise=f"{body['person']} is not decided on")


class Messages:
    """A provider, and whom it has to hear of."""

    def __init__(self) -> None:
        self.scheduled: list[str] = []
        self._provider = Provider()
        self.environ = {"SMS": self._provider.url}

    def start(self) -> None:
        """Have the provider listen."""
        self._provider.start()

    def stop(self) -> None:
        """Have it hang up."""
        self._provider.stop()

    def schedule(self, url: str, key: str, many: int) -> None:
        """Have so many people get a message in two seconds, each for the first time."""
        for _ in range(many):
            person = f"m{len(self.scheduled)}"
            body = {"touchpoint": "visit", "person": person, "event_id": person, "reach": {"sms": "+8613800001234"}}
            said = _insist(url, key, body)
            assert said.get("reason") == "deferred", said
            self.scheduled.append(person)

    def sent(self) -> Counter[str]:
        """Tell how many messages each got."""
        return Counter(body["person"] for _, body in self._provider.requests)

    def all_sent(self) -> bool:
        """Tell whether nobody waits any more."""
        return self.sent().keys() >= set(self.scheduled)

    def wrong(self) -> Iterator[str]:
        """Yield who got none, or more than one."""
        sent = self.sent()
        for person in self.scheduled:
            if sent[person] != 1:
                yield f"{person} got {sent[person]} messages"
