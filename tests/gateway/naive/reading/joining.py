"""Joining an anonymous id to a person, and taking an opt-out back: the list stays as it is and is read otherwise."""

from __future__ import annotations

from tactful_rules.model.ids import Instant
from tactful_rules.tact.policy import longest_window
from tests.gateway.naive.reading.disturbing import Candidate, disturbed
from tests.gateway.naive.reading.facts import Happened, Invitation, Subject
from tests.gateway.naive.reading.living import Answer
from tests.gateway.naive.reading.sending import Sending


class Naive(Sending):
    """The whole naive ledger."""

    def join(self, anonymous: str, person: str, now: Instant) -> Answer:
        """Join two ids for good; no two ids that were each joined or are a circle ever become one."""
        ours, theirs = self.log.who(anonymous), self.log.who(person)
        if ours == theirs:
            return "refused" if anonymous == theirs else "duplicate"
        if ours != anonymous:
            return "refused"
        self.end_what_ran_out(now)
        for known, other in ((ours, theirs), (theirs, ours)):
            self.silence(known, other, now)
        for one in self.still_open(theirs):
            one.person = theirs  # under whichever id it was decided
        self.log.happened.append(Happened(now, "alias", person, other=anonymous))
        self.weigh_again(theirs, now)
        return "accepted"

    def silence(self, person: str, other: str, now: Instant) -> None:
        """Cancel what is open of a person at a touchpoint where the other one has answered or said no since then."""
        kept = now - longest_window(self.log.ruleset.do_not_disturb)
        for one in self.still_open(person):
            for kind in ("answered", "dismissed"):
                ends = [it for it in self.log.of(other, kind) if it.touchpoint == one.touchpoint]
                if one.status == "open" and any(it.at >= max(one.decided_at, kept) for it in ends):
                    self.cancel(one, kind)

    def weigh_again(self, person: str, now: Instant) -> None:
        """Cancel what is not wanted, what comes too soon and is unseen, and all that waits but the furthest on."""
        for one in self.still_open(person):
            why = self.in_the_way(one, person, now)
            if why is not None:
                self.cancel(one, why)
        left = self.still_open(person)
        if left:
            furthest = max(left, key=lambda it: (not self.waits(it), it.on_screen, -it.decided_at))
            for one in left:
                if self.waits(one) and self.log.root(one.id) != self.log.root(furthest.id):
                    self.cancel(one, "superseded")

    def still_open(self, person: str) -> list[Invitation]:
        """Give what nobody ended yet, the person's own before those of the joined id."""
        opened = [it for it in self.log.invitations if it.status == "open" and self.same_person(it, person)]
        return sorted(opened, key=lambda it: it.person != person)

    def waits(self, one: Invitation) -> bool:
        """Tell whether its person has nothing of it yet, and nothing is on its way."""
        return one.displayed_at is None and one.sent_at is None and one.sending_until is None

    def in_the_way(self, one: Invitation, person: str, now: Instant) -> str | None:
        """Say why an invitation may not be shown any more; what is to be sent is decided again when its time comes."""
        if self.log.opted_out(person) & {"*", one.channel}:
            return "opted_out"
        rule = self.log.rule(one.rule)
        if not self.waits(one) or not one.on_screen or self.is_released(one, now) or rule is None:
            return None
        zone = self.log.zone(person, one.zone)[0]
        subject = Subject(person, one.touchpoint, zone, (), one.vip)
        candidate = Candidate(one.questionnaire, one.touchpoint, one.stage, None)
        everywhere = disturbed(self.log, rule, subject, candidate, now)
        return everywhere or disturbed(self.log, rule, subject, candidate._replace(channel=one.channel), now)

    def opt_in(self, person: str, channels: tuple[str, ...], now: Instant) -> Answer:
        """Take the wish back; who was out of everything and wants one channel again stays out of the others."""
        before = self.log.opted_out(person)
        wanted = before if "*" in channels else {*channels}
        if "*" in before and "*" not in wanted:
            wanted = {*wanted, "*"}
            for channel in self.log.ruleset.channels:
                self.log.happened.append(Happened(now, "opted_out", person, channel=channel))
        for channel in wanted:
            self.log.happened.append(Happened(now, "opted_in", person, channel=channel))
        return "duplicate" if self.log.opted_out(person) == before else "accepted"
