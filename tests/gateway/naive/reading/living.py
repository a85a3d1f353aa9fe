"""What becomes of invitations: signals, answers, opt-outs and joined ids, each as one entry in the list.

Replies are `accepted`, `duplicate` or `refused`.
"""

from __future__ import annotations

from typing import Any, Literal

from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY, Instant
from tactful_rules.tact.policy import longest_window
from tests.gateway.naive.reading.deciding import Said, decide
from tests.gateway.naive.reading.disturbing import beyond_quota
from tests.gateway.naive.reading.facts import Happened, Invitation, Log

Answer = Literal["accepted", "duplicate", "refused"]


class Life:
    """Carries out commands on the log."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.decisions: list[tuple[str, Event, Instant, Said]] = []

    def end_what_ran_out(self, now: Instant) -> None:
        """End every invitation whose time is over; three displays without a reaction were a no."""
        for one in self.log.invitations:
            if one.status == "open" and now >= one.counts_until() and not self.awaits_fallback(one, now):
                self.run_out(one, one.counts_until())

    def awaits_fallback(self, one: Invitation, now: Instant) -> bool:
        """Tell whether a hold is only left because the scheduler did not come yet to have another channel tried."""
        held = one.on_screen and one.displayed_at is None
        return held and one.fallback_at is not None and now < one.expires_at

    def run_out(self, one: Invitation, at: Instant) -> None:
        """End an invitation that nobody ended."""
        one.status = "expired"
        if one.displays >= 3:
            self.say_no(one, at)

    def say_no(self, one: Invitation, at: Instant) -> None:
        """Close an invitation because its person wants none; that is a no on every channel."""
        one.status, one.why = "dismissed", ""
        self.log.note(at, "dismissed", one)
        for other in self.others(one):
            self.cancel(other, "dismissed")

    def others(self, one: Invitation) -> list[Invitation]:
        """Give what else is open for the same touchpoint event."""
        event = (self.log.who(one.person), one.touchpoint, one.event_id)
        opened = [it for it in self.log.invitations if it.status == "open" and it is not one]
        return [it for it in opened if (self.log.who(it.person), it.touchpoint, it.event_id) == event]

    def visit(self, event: Event, name: str, now: Instant) -> tuple[Said, bool]:
        """Decide on a touchpoint; the second value says that this very event had been decided before."""
        before = self.remembered(event, now)
        if before is not None:
            return before, True
        self.end_what_ran_out(now)
        if event.touchpoint in self.log.ruleset.touchpoints:
            self.a_fourth_display_is_due(event, now)
        said = decide(self.log, event, now)
        self.decisions.append((self.log.who(event.person), event, now, said))
        if said.reason in ("asked", "sending", "deferred") and not said.again:
            for other in said.supersedes:
                self.cancel(self.log.invitation(other), "superseded")
            for late in self.log.invitations:
                if late.status == "open" and self.same_person(late, event.person) and now >= late.counts_until():
                    self.cancel(late, "superseded")
            self.log.invitations.append(self.invite(event, said, name, now))
        if event.touchpoint in self.log.ruleset.touchpoints and self.is_known(event.person, now):
            # A passer-by of whom nothing else is kept leaves no trace of a zone either.
            self.log.happened.append(Happened(now, "visited", event.person, zone=event.timezone))
        return said, False

    def remembered(self, event: Event, now: Instant) -> Said | None:
        """Find the decision of the last 24 hours on the same event: the person's own, else that of a joined id."""
        who = self.log.who(event.person)
        joined = [it.other for it in self.log.happened if it.kind == "alias" and self.log.who(it.other) == who]
        for person in (who, *joined):
            for known_person, known, at, said in reversed(self.decisions):
                same = (known.touchpoint, known.event_id) == (event.touchpoint, event.event_id)
                if same and known_person == person and now < at + DAY:
                    return said
        return None

    def same_person(self, one: Invitation, person: str) -> bool:
        """Tell whether an invitation is a person's, under whichever id."""
        return self.log.who(one.person) == self.log.who(person)

    def is_known(self, person: str, now: Instant) -> bool:
        """Tell whether anything is kept of a person; a visit without a zone of its own leaves nothing."""
        kinds = ("asked", "answered", "dismissed", "alias")
        opened = [it for it in self.log.invitations if it.status == "open" and self.same_person(it, person)]
        placed = any(it.zone is not None for it in self.log.of(person, "visited"))
        return bool(opened or placed or self.log.opted_out(person) or any(self.log.of(person, it) for it in kinds))

    def a_fourth_display_is_due(self, event: Event, now: Instant) -> None:
        """Take three displays without a reaction for a no, once the person is back where a fourth would come."""
        for one in self.log.open(event.person, now):
            if one.touchpoint == event.touchpoint and one.on_screen and one.displays >= 3:
                self.run_out(one, now)

    def invite(self, event: Event, said: Said, name: str, now: Instant) -> Invitation:
        """Make the slip of what was decided."""
        ruleset, channel = self.log.ruleset, said.channel or ""
        zone, source = self.log.zone(event.person, event.timezone)
        one = Invitation(
            id=name,
            person=self.log.who(event.person),
            event_id=event.event_id,
            touchpoint=event.touchpoint,
            stage=ruleset.touchpoints[event.touchpoint].stage,
            rule=said.rule or "",
            questionnaire=said.questionnaire or "",
            channel=channel,
            on_screen=ruleset.channels[channel].on_screen,
            decided_at=now,
            expires_at=said.expires_at or 0,
            zone=None if source == "settings" else zone,
            addresses=tuple(it for it in self.steps(said.rule or "") if isinstance((event.reach or {}).get(it), str)),
            not_before=said.not_before,
            vip=event.traits.get("vip") is True,
        )
        if one.on_screen:
            one.fallback_at = self.fallback_at(one, now)
        return one

    def steps(self, name: str) -> list[str]:
        """Give the channels that a rule may take, now or later: no other address is kept."""
        rule = self.log.rule(name)
        named = [it.channel for it in rule.channels] if rule is not None else []
        return named or [*self.log.ruleset.channels]

    def fallback_at(self, one: Invitation, since: Instant) -> Instant | None:
        """Give when the first later channel with `after` is to be tried."""
        later = [it for it in self.later_steps(one) if it[1] is not None]
        return since + (later[0][1] or 0) if later else None

    def later_steps(self, one: Invitation) -> list[tuple[str, int | None]]:
        """Give the channels that stand behind the invitation's own in its rule, with their `after`."""
        rule = self.log.rule(one.rule)
        steps = [(it.channel, it.after) for it in rule.channels] if rule is not None else []
        places = [place for place, (channel, _) in enumerate(steps) if channel == one.channel]
        return steps[places[0] + 1 :] if places else []

    def cancel(self, one: Invitation, why: str) -> None:
        """Close an invitation without its person's doing."""
        one.status, one.why = "cancelled", why

    def asked(self, one: Invitation, now: Instant) -> None:
        """Write down, once, that the invitation reached its person."""
        if not self.log.asked_over(one):
            self.log.note(now, "asked", one, beyond=beyond_quota(self.log, one, "asked", now))

    def display(self, one: Invitation, now: Instant) -> Answer:
        """Show it."""
        self.end_what_ran_out(now)
        if one.status == "answered" and not one.complete and now < one.expires_at:
            return "duplicate"
        if not (one.status in ("open", "failed") or self.may_have_arrived(one, now)) or self.is_released(one, now):
            return "refused"
        one.displays += 1
        if one.displayed_at is None:
            one.displayed_at = now
            self.reached(one)
            self.asked(one, now)  # what was sent was counted when it was, unless nobody knows of that yet
        return "accepted"

    def reached(self, one: Invitation) -> None:
        """Fallback is for those who could not be reached: what waits to be one goes, and none is to come."""
        for other in self.others(one):
            other.fallback_at = None
            if other.sent_at is None and other.sending_until is None:
                self.cancel(other, "superseded")
            elif other.sent_at is None:
                other.recalled = True

    def is_released(self, one: Invitation, now: Instant) -> bool:
        """Tell whether it may not be shown any more."""
        late = one.on_screen and one.displayed_at is None and one.status == "open"
        return now >= one.expires_at or (late and now >= one.held_until())

    def open(self, one: Invitation, now: Instant) -> Answer:
        """Open the page of a link."""
        self.end_what_ran_out(now)
        works = one.status in ("open", "answered", "failed") or self.may_have_arrived(one, now)
        if not works or one.complete or self.is_released(one, now):
            return "refused"
        if one.opened_at is not None:
            return "duplicate"
        one.opened_at = now
        self.reached(one)
        if not one.on_screen:
            self.asked(one, now)  # an opened link proves that the message arrived, whatever its courier said
        return "accepted"

    def dismiss(self, one: Invitation, now: Instant) -> Answer:
        """Say no to it; what is half answered is only left."""
        self.end_what_ran_out(now)
        if one.status == "dismissed" or one.complete or (one.left and now < one.expires_at):
            return "duplicate"
        if (one.status == "cancelled" and not self.may_have_arrived(one, now)) or now >= one.expires_at:
            return "refused"
        if one.status == "answered":
            one.left = True
            return "accepted"
        for other in self.others(one):
            self.cancel(other, "dismissed")
        self.asked(one, now)
        one.displayed_at = one.displayed_at or now
        self.say_no(one, now)
        return "accepted"

    def answer(self, one: Invitation, answers: dict[str, Any], complete: bool, now: Instant) -> Answer:
        """Save answers; the first ones silence every other invitation of the same touchpoint event."""
        self.end_what_ran_out(now)
        if one.complete:
            return "duplicate" if complete and answers == one.answers else "refused"
        if (one.status == "cancelled" and not self.may_have_arrived(one, now)) or now >= one.expires_at:
            return "refused"
        if not complete and answers == one.answers:
            return "duplicate"
        if one.answered_at is None:
            for other in self.others(one):
                self.cancel(other, "answered")
            self.asked(one, now)
            self.log.note(now, "answered", one, beyond=beyond_quota(self.log, one, "answered", now))
            one.answered_at = now
        one.status, one.why, one.answers, one.complete = "answered", "", answers, complete
        return "accepted"

    def may_have_arrived(self, one: Invitation, now: Instant) -> bool:
        """Tell whether what was cancelled had been handed to a courier, and its person has said nothing since then."""
        if one.status != "cancelled" or one.released_at is None or one.why in ("answered", "dismissed", "opted_out"):
            return False
        since = max(one.decided_at, now - longest_window(self.log.ruleset.do_not_disturb))
        words = [*self.log.of(one.person, "answered"), *self.log.of(one.person, "dismissed")]
        return not any(it.touchpoint == one.touchpoint and it.at >= since for it in words)

    def opt_out(self, person: str, channels: tuple[str, ...], now: Instant) -> Answer:
        """Leave the person alone on these channels, what is open there included."""
        self.end_what_ran_out(now)
        before = self.log.opted_out(person)
        for channel in channels:
            self.log.happened.append(Happened(now, "opted_out", person, channel=channel))
        out = self.log.opted_out(person)
        for one in self.log.open(person, now):
            if "*" in out or one.channel in out:
                self.cancel(one, "opted_out")
        return "duplicate" if out == before else "accepted"
