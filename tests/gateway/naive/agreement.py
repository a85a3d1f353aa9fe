"""Whether what the ledger keeps of persons, invitations and quotas is what the naive list says."""

from __future__ import annotations

from hashlib import sha256

from tactful_rules.model.ids import Instant
from tactful_rules.model.person import UNUSED
from tests.gateway.naive.reading.disturbing import UNITS, holders, within
from tests.gateway.naive.reading.facts import Invitation
from tests.gateway.naive.reading.living import Life
from tests.gateway.naive.world import World

PERSONS = ("p", "q", "v")


def agree(real: World, naive: Life, now: Instant) -> None:
    """Compare everything."""
    for person in PERSONS:
        if naive.log.who(person) == person:
            person_agrees(real, naive, person, now)
    for one in naive.log.invitations:
        invitation_agrees(real, naive, one, now)
    quotas_agree(real, naive, now)


def person_agrees(real: World, naive: Life, person: str, now: Instant) -> None:
    """Compare a person's opt-outs, totals, open invitations, and what is left of the history."""
    log, state = naive.log, real.person(person)
    assert set(state.opted_out) == log.opted_out(person)
    kept = [it.id for it in state.open if now < it.deadline()]
    assert sorted(kept) == sorted(it.id for it in log.open(person, now))
    naive_asks = log.of(person, "asked")
    counts = {kind: len(log.of(person, kind)) for kind in ("asked", "answered", "dismissed")}
    settled = all(now < it.deadline() for it in state.open)
    if settled:
        assert (state.asks, state.answers, state.dismissals) == tuple(counts.values())
    assert state.last_asked == (naive_asks[-1].at if naive_asks else None)
    for kind in ("asked", "answered"):
        ours = [(it.at, it.questionnaire, it.touchpoint, it.stage, it.channel) for it in log.of(person, kind)]
        theirs = [
            (it.at, it.questionnaire, it.touchpoint, it.stage, it.channel) for it in state.history if it.kind == kind
        ]
        assert sorted(theirs, key=repr) == sorted(ours[-len(theirs) :] if theirs else [], key=repr)


def invitation_agrees(real: World, naive: Life, one: Invitation, now: Instant) -> None:
    """Compare an invitation's record with its slip."""
    record = real.record(sha256(one.id.encode()).digest())
    if record.status == "open" and one.status != "open":
        assert now >= one.counts_until()  # run out, and nobody has looked since
    else:
        assert (record.status, record.why or "") == (one.status, one.why)
    assert (record.channel, record.questionnaire, record.expires_at) == (one.channel, one.questionnaire, one.expires_at)
    if record.status == "open":
        assert (record.displays, record.displayed_at) == (one.displays, one.displayed_at)
    assert (record.sent_at, record.answered_at, record.complete) == (one.sent_at, one.answered_at, one.complete)
    assert record.beyond_quota == any(it.beyond for it in naive.log.happened if it.invitation == one.id)
    assert record.status in ("open", "answered") or record.addresses == {}


def quotas_agree(real: World, naive: Life, now: Instant) -> None:
    """Compare what is used and held of every quota."""
    log = naive.log
    limited = [it for it in log.ruleset.rules if it.quota is not None]
    kept = real.quotas(*(it.id for it in limited))
    for rule in limited:
        assert rule.quota is not None
        use = kept.get(rule.id, UNUSED)
        counted = log.counted(UNITS[rule.quota.unit], rule)
        zone = log.ruleset.settings.timezone
        if rule.quota.per is None:
            assert use.total == len(counted)
        else:
            inside = [it.at for it in counted if within(it.at, rule.quota.per, now, zone)]
            assert [it for it in use.times if within(it, rule.quota.per, now, zone)] == inside
        held = {it.id for it in holders(log, rule, now)}
        assert {it for it, until in use.held.items() if now < until} == held
