"""What sinks see of a person who is erased: nothing that they did not have yet, and the word to erase it there, too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tactful_rules.model.ids import DAY, HOUR
from tests.conftest import SURVEY
from tests.eventually import eventually
from tests.gateway.keeping.conftest import MovedClock, Person
from tests.gateway.keeping.destination import FILE, HOOK, Destination, balance, status


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_a_sink_is_told_to_erase_under_which_ids_and_has_nothing_more_of_the_person(
    running_gateway: Callable[..., Any], db: str, tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    gateway = running_gateway(SURVEY + FILE.format(path=path), db=db)
    ada, visitor = Person(gateway), Person(gateway)
    visitor.answer()
    ada.call("POST", f"/v1/persons/{ada.path}/alias", json={"anonymous": visitor.id})
    eventually(lambda: len(lines(path)) == 1)
    receipt = visitor.erase()
    eventually(lambda: len(lines(path)) == 2)
    order = lines(path)[-1]
    # `where` names a touchpoint, which this event has not: whoever is to erase is told all the same.
    assert (order["type"], order["subject"]) == ("tactful.person.erased", ada.id)
    assert order["data"]["ids"] == [ada.id, visitor.id]
    assert order["data"]["person"] == {"id": ada.id}
    assert order["data"]["receipt"]["id"] == receipt["id"]
    eventually(lambda: balance(gateway, "file") == (2, 0, 0, 0))
    # Erased once more, since destinations may have more than is kept here.
    ada.erase()
    eventually(lambda: len(lines(path)) == 3)
    assert set(lines(path)[-1]["data"]["receipt"]["erased"].values()) == {0}


def test_what_a_sink_lacks_of_an_erased_person_it_never_gets_and_the_numbers_balance(
    running_gateway: Callable[..., Any], db: str, tmp_path: Path, clock: MovedClock, destination: Destination
) -> None:
    survey = SURVEY + FILE.format(path=tmp_path / "events.jsonl") + HOOK.format(url=destination.url)
    gateway = running_gateway(survey, db=db, clock=clock)
    persons = [Person(gateway) for _ in range(4)]
    for place, person in enumerate(persons):
        person.answer(f"it is {place}")
    eventually(lambda: balance(gateway, "hook") == (0, 4, 0, 0) and status(gateway, "hook").attempts > 0)
    persons[0].erase()  # whose event is the one being tried
    persons[2].erase()
    assert sum(balance(gateway, "hook")) == 4
    destination.status = 200
    clock.at += DAY
    eventually(lambda: balance(gateway, "hook") == (2, 0, 0, 2))
    assert destination.scores == ["it is 1", "it is 3"]
    eventually(lambda: status(gateway, "hook").state == "running")
    gateway.stop()
    if db == "memory:":
        return
    again = running_gateway(survey, db=db, clock=clock)
    eventually(lambda: balance(again, "hook") == (2, 0, 0, 2))


def test_dead_letters_of_an_erased_person_go_and_the_numbers_balance(
    running_gateway: Callable[..., Any], db: str, tmp_path: Path, destination: Destination
) -> None:
    destination.status, destination.answer = 400, b"Ada is no customer"
    survey = SURVEY + FILE.format(path=tmp_path / "events.jsonl") + HOOK.format(url=destination.url)
    gateway = running_gateway(survey, db=db)
    ada, bob = Person(gateway), Person(gateway)
    ada.answer()
    bob.answer()
    eventually(lambda: balance(gateway, "hook") == (0, 0, 2, 0))
    assert "Ada is no customer" in ada.export()["dead_letters"][0]["answer"]
    assert ada.erase()["erased"]["dead_letters"] == 1
    assert (len(ada.export()["dead_letters"]), len(bob.export()["dead_letters"])) == (0, 1)
    eventually(lambda: balance(gateway, "hook") == (0, 0, 1, 1))


def test_the_word_to_the_destinations_goes_once_all_have_it(
    running_gateway: Callable[..., Any], db: str, tmp_path: Path, clock: MovedClock, destination: Destination
) -> None:
    destination.status = 503
    survey = SURVEY + FILE.format(path=tmp_path / "events.jsonl") + HOOK.format(url=destination.url)
    gateway = running_gateway(survey, db=db, clock=clock)
    ada, bob = Person(gateway), Person(gateway)
    bob.answer("stays")
    ada.answer()
    eventually(lambda: status(gateway, "file").delivered == 2)  # else what it lacks of her it never gets
    ada.erase()
    # The file has it, the hook has yet to pass it.
    eventually(lambda: status(gateway, "file").delivered == 3)
    assert [it["event"]["type"] for it in ada.export()["events"]] == ["tactful.person.erased"]
    destination.status = 200
    clock.at += DAY
    eventually(lambda: destination.scores == ["stays"])

    def is_gone_by_now() -> bool:
        clock.at += HOUR
        return ada.export()["events"] == []

    eventually(is_gone_by_now)
