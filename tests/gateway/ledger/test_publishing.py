"""A survey folder becomes the latest version: numbered, told once, and not against what its publisher expected."""

from msgspec.structs import replace

from tactful_gateway.contracts.samples import publication
from tactful_gateway.ledger.commands import Publish, Published, Refused
from tactful_gateway.store.records import VersionRecord
from tests.gateway.ledger.world import NOW, World, finish


def versions(world: World) -> list[VersionRecord]:
    return list(finish(world.store.versions(None, 100)))


def test_a_version_gets_its_number_and_time_when_it_becomes_fact() -> None:
    world = World()
    world.now = NOW + 5
    sent = publication(99)
    reply = world.one(Publish(sent))
    assert reply == Published(replace(sent.version, number=1, at=NOW + 5))
    assert versions(world) == [reply.version]
    assert finish(world.store.files(sent.version.content)) == sent.files
    assert finish(world.store.ruleset(sent.version.ruleset)) == sent.body


def test_the_journal_tells_who_published_what_and_why() -> None:
    world = World()
    version = world.one(Publish(publication(0))).version
    (event,) = world.events()
    assert (event["type"], event["subject"]) == ("tactful.ruleset.published", "ruleset")
    assert event["data"] == {
        "number": 1,
        "ruleset": version.ruleset,
        "content": version.content,
        "origin": "rolled_back",
        "by": "key-1",
        "name": "发布",
        "message": "back\u2028again",
        "of": 3,
    }


def test_what_is_the_latest_already_is_told_again_and_not_kept_twice() -> None:
    world = World()
    first = world.one(Publish(publication(0, content="c", ruleset="r")))
    later = publication(0, content="c", ruleset="r")
    again = world.one(Publish(replace(later, version=replace(later.version, message="again")), 0))
    assert again == Published(first.version, duplicate=True)
    assert (versions(world), len(world.events())) == ([first.version], 1)


def test_the_latest_again_is_refused_to_a_publisher_who_can_not_have_made_it() -> None:
    world = World()
    sent = [publication(0, content=name, ruleset=name) for name in ("a", "b", "a")]
    replies = world.do(*map(Publish, sent), *(Publish(sent[2], expected) for expected in (1, 2, 3, 4)))
    assert [isinstance(reply, Published) for reply in replies[3:]] == [False, True, True, False]


def test_the_same_files_are_another_version_where_they_mean_another_ruleset() -> None:
    world = World()
    world.do(*(Publish(publication(0, content="c", ruleset=name)) for name in ("old", "new")))
    assert [(it.number, it.ruleset) for it in versions(world)] == [(2, "new"), (1, "old")]


def test_a_publisher_who_expected_another_version_is_refused_and_nothing_is_told() -> None:
    world = World()
    one, two, three = (publication(0, content=name) for name in ("one", "two", "three"))
    replies = world.do(Publish(one, 1), Publish(one, 0), Publish(two, 0), Publish(three, 1))
    assert [type(reply) for reply in replies] == [Refused, Published, Refused, Published]
    assert {reply.code for reply in replies if isinstance(reply, Refused)} == {"version_conflict"}
    assert [it.content for it in versions(world)] == ["three", "one"]
    assert len(world.events()) == 2
