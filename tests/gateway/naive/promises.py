"""What must never happen, whoever decides: checked on what was really displayed and sent, not on decisions."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from tactful_rules.model.event import Event
from tactful_rules.model.ids import MINUTE, Instant
from tactful_rules.model.rule import Rule
from tactful_rules.model.ruleset import Ruleset
from tests.gateway.naive.reading.deciding import Said
from tests.gateway.naive.reading.disturbing import UNITS, within
from tests.gateway.naive.reading.facts import Happened, Invitation, Log
from tests.gateway.naive.reading.wall import quiet
from tests.gateway.naive.surveys import RULES


class Promised(NamedTuple):
    """Under which ruleset and rule an invitation was decided last."""

    ruleset: Ruleset
    rule: Rule


class Promises:
    """Watches the list of what happened."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._under: dict[str, Promised] = {}
        self._taken: set[tuple[str, int]] = set()
        self._seen = 0
        self._highest: dict[str, float] = {}
        """The highest number that each rule's quota had so far: whoever was asked under it counts for good."""

    def decided(self, event: Event, said: Said, now: Instant) -> None:
        """Note what an invitation was decided under."""
        if said.reason == "asked" and not said.again:
            self._remember(self._log.invitations[-1])
        if "*" in self._log.opted_out(event.person):
            assert said.reason not in ("asked", "sending", "deferred")

    def _remember(self, one: Invitation) -> None:
        rule = self._log.rule(one.rule)
        assert rule is not None
        self._under[one.id] = Promised(self._log.ruleset, rule)

    def dispatched(self, one: Invitation, message: int, now: Instant) -> None:
        """See that a message may go out at this very instant."""
        out = self._log.opted_out(one.person)
        assert not out & {"*", one.channel}
        assert one.status == "open"
        assert now < one.expires_at
        begun = self._log.invitation(self._log.root(one.id)).decided_at  # an event id may come again after a day
        ended = [it for it in self._log.happened if it.kind in ("answered", "dismissed") and it.at >= begun]
        ended = [it for it in ended if (it.touchpoint, it.event_id) == (one.touchpoint, one.event_id)]
        assert not any(self._same_person(it, one) for it in ended)
        rule = self._log.rule(one.rule)
        again = one.attempts > 1
        if rule is not None and "quiet_hours" not in rule.ignore and not again:
            zone = self._log.zone(one.person, one.zone)[0]
            channel = self._log.ruleset.channels[one.channel]
            assert quiet(self._log.ruleset.do_not_disturb, channel, now // MINUTE, zone) == []
        if rule is not None and message == 0 and not again:
            self._remember(one)

    def _same_person(self, it: Happened, one: Invitation) -> bool:
        return self._log.who(it.person) == self._log.who(one.person)

    def taken(self, one: Invitation, message: int) -> None:
        """See that no message is counted twice over one channel."""
        asked = self._log.asked_over(one)
        assert asked
        assert len(asked) == len({*asked})
        self._taken.add((one.id, message))

    def hold(self, now: Instant) -> None:
        """See that nothing that has happened since the last look broke the policy it was decided under."""
        self._quotas_hold(now)
        asks = [it for it in self._log.happened if it.kind == "asked"]
        for ask in asks[self._seen :]:
            self._may(ask)
        self._seen = len(asks)

    def _quotas_hold(self, now: Instant) -> None:
        """See that no quota counts more than its number, whoever answered when."""
        for name in RULES:
            rule = self._log.rule(name)
            limit = inf if rule is None or rule.quota is None else rule.quota.limit
            self._highest[name] = max(limit, self._highest.get(name, 0))
            if rule is not None and rule.quota is not None:
                zone = self._log.ruleset.settings.timezone
                counted = self._log.counted(UNITS[rule.quota.unit], rule)
                inside = [it for it in counted if within(it.at, rule.quota.per, now, zone)]
                assert len(inside) <= self._highest[name]

    def _may(self, ask: Happened) -> None:
        """Check an ask against the rolling pauses and caps that look at everything."""
        if ask.invitation not in self._under:
            return
        ruleset, rule = self._under[ask.invitation]
        policy = ruleset.do_not_disturb
        place = self._log.happened.index(ask)
        before = [
            it
            for it in self._log.happened[:place]
            if self._log.who(it.person) == self._log.who(ask.person)
            and (it.touchpoint, it.event_id) != (ask.touchpoint, ask.event_id)
        ]
        one = self._log.invitation(ask.invitation)
        if one.status != "open" and one.displayed_at != ask.at:
            return  # answered or dismissed long after its hold was released: the person came by themselves
        for pause in policy.pauses if "pauses" not in rule.ignore else ():
            if pause.same is None and not pause.on:
                assert not any(it.kind == pause.after and ask.at < it.at + pause.for_ for it in before)
        for cap in policy.caps if "caps" not in rule.ignore else ():
            if cap.same is None and not cap.on and isinstance(cap.per, int):
                inside = [it for it in before if it.kind == "asked" and ask.at - cap.per < it.at]
                assert len(inside) < cap.at_most
