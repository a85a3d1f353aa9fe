"""An HTTP client over a real socket that checks each answer it gets against the gateway's own OpenAPI description."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import jsonschema
import pytest

PATIENCE = 60.0
"""Seconds that an answer may take: a machine that eight others use is no counter-example."""


def _matching_path(paths: dict[str, Any], path: str) -> str | None:
    """Find the described path; a person's id may hold a slash, and nothing else may."""
    for template in sorted(paths, key=lambda text: text.count("{")):
        pattern = re.sub(r"\{\w+\}", "((?!%2[Ff])[^/])+", template.replace("{person}", "[^/]+"))
        if re.fullmatch(pattern, path):
            return template
    return None


class DescribedClient(httpx.Client):
    """Refuses an answer that the OpenAPI description does not foresee: status, media type, body, required headers."""

    def __init__(self, gateway: Any) -> None:
        super().__init__(base_url=gateway.url, timeout=PATIENCE)
        self.gateway = gateway
        self.sk = {"authorization": f"Bearer {gateway.keys['sk']}"}
        self.pk = {"origin": gateway.origin, "authorization": f"Bearer {gateway.keys['pk']}"}
        self.person = f"u-{uuid4()}"
        self.ak = {"authorization": f"Bearer {gateway.keys['ak']}"}
        self.document = httpx.get(f"{gateway.url}/openapi.json", timeout=PATIENCE).json()
        self.event_hooks = {"response": [self._check]}

    def _check(self, response: httpx.Response) -> None:
        response.read()
        template = _matching_path(self.document["paths"], response.request.url.raw_path.decode().partition("?")[0])
        method = response.request.method.lower().replace("head", "get")
        if template is None or method not in self.document["paths"][template]:
            assert response.status_code in (204, 404, 405), "an undescribed operation answered"
            return
        responses = self.document["paths"][template][method]["responses"]
        assert str(response.status_code) in responses, f"{method} {template} answered {response.status_code}"
        described = responses[str(response.status_code)]
        for name in described.get("headers", {}):
            assert name in response.headers
        content = described.get("content")
        if content and response.content:
            media = response.headers["content-type"].partition(";")[0]
            assert media in content
            if media.endswith("json"):
                schema = {**content[media]["schema"], "components": self.document["components"]}
                jsonschema.Draft202012Validator(schema).validate(response.json())

    def ask(self, person: str = "", **more: Any) -> dict[str, Any]:
        """Call the payment touchpoint with the server key and give the decision; persons are this test's own."""
        person = person if person.startswith("anon_") else self.person + person
        response = self.post(
            "/v1/touchpoints", headers=self.sk, json={"touchpoint": "payment", "person": person, **more}
        )
        assert response.status_code == 200, response.text
        decision: dict[str, Any] = response.json()
        return decision

    def invite(self, person: str = "", **more: Any) -> str:
        """Get a person asked and give the path of the invitation."""
        return f"/v1/invitations/{self.ask(person, **more)['invitation']['token']}"


@pytest.fixture
def api(shared_gateway: Any) -> Iterator[DescribedClient]:
    """Give a client of a gateway over the default survey, with its data in memory."""
    with DescribedClient(shared_gateway) as client:
        yield client


@pytest.fixture
def described_client() -> type[DescribedClient]:
    """Give the client class, for tests that start their gateway themselves."""
    return DescribedClient


class SetClock:
    """A clock that stands still until it is set; waiting lasts as long as the machine says."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    async def sleep(self, span: int) -> None:
        await asyncio.sleep(span / 1000)


@pytest.fixture
def clock() -> SetClock:
    """Give a clock that the test moves."""
    return SetClock(1_800_000_000_000)
