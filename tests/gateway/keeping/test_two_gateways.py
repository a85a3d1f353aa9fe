"""One gateway erases a person while another asks, takes answers and joins ids to it: nothing is brought back."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx

from tests.conftest import RunningGateway
from tests.gateway.keeping.conftest import Person
from tests.servers.postgres import PostgresServer

IDS = 6


def busy(gateway: RunningGateway, ids: list[str], links: list[str], stop: threading.Event) -> None:
    """Ask, answer and join, over and over."""
    headers = {"authorization": f"Bearer {gateway.keys['sk']}"}
    with httpx.Client(base_url=gateway.url, timeout=20) as client:
        while not stop.is_set():
            for id_, link in zip(ids, links, strict=True):
                body = {"touchpoint": "payment", "person": id_}
                client.post("/v1/touchpoints", headers=headers, json=body)
                client.put(f"{link}/response", json={"answers": {"score": 5, "why": "late"}, "complete": True})
                client.post(f"/v1/persons/{ids[0]}/alias", headers=headers, json={"anonymous": id_})


def test_what_another_gateway_does_meanwhile_brings_nothing_back(
    running_gateway: Callable[..., RunningGateway], postgres: PostgresServer
) -> None:
    db = postgres.url(postgres.new_database())
    one, two = running_gateway(db=db), running_gateway(db=db)
    persons = [Person(one) for _ in range(IDS)]
    links = []
    for person in persons:
        asked = person.call("POST", "/v1/touchpoints", json={"touchpoint": "payment", "person": person.id})
        links.append(f"/v1/invitations/{asked['invitation']['token']}")
    ids = [person.id for person in persons]
    stop = threading.Event()
    threads = [threading.Thread(target=busy, args=(gateway, ids, links, stop)) for gateway in (one, two)]
    for thread in threads:
        thread.start()
    eraser = Person(two, ids[-1])
    for _ in range(8):
        eraser.erase()
    stop.set()
    for thread in threads:
        thread.join()
    # What came since is a life of its own; of before nothing is left, and the links are dead.
    for link in links:
        assert httpx.get(f"{one.url}{link}").status_code == 404
    for person in persons:
        assert "late" not in str(person.export())
        person.erase()
    for gateway in (one, two):
        for person in persons:
            left = Person(gateway, person.id).export()
            assert not any(left[kind] for kind in ("states", "invitations", "decisions", "wake_ups", "events"))
