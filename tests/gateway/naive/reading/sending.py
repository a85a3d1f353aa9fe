"""What the scheduler comes to: releases, fallbacks, reminders, and messages that providers took or refused.

A wake-up is a call to look: what is due is found by looking at the slip, whatever woke us.
"""

from __future__ import annotations

from tactful_rules.model.ids import HOUR, MINUTE, SECOND, Instant, Span
from tests.gateway.naive.reading.deciding import Said, decide_again
from tests.gateway.naive.reading.disturbing import beyond_quota
from tests.gateway.naive.reading.facts import Invitation
from tests.gateway.naive.reading.living import Life
from tests.gateway.naive.reading.wall import end_of_quiet, quiet

LEASE: Span = 90 * SECOND
WAITS = (0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)


class Sending(Life):
    """Carries out wake-ups and what couriers report."""

    def due(self, now: Instant) -> list[Invitation]:
        """Give every invitation with something that should have been looked at by now."""
        return [one for one in self.log.invitations if one.status == "open" and self.is_due(one, now)]

    def is_due(self, one: Invitation, now: Instant) -> bool:
        """Tell whether an open invitation waits for somebody to look at it."""
        instants = [one.counts_until(), self.send_at(one)]
        if not self.is_under_way(one, now) and not self.is_reached(one):
            instants.append(one.fallback_at)
        return any(it is not None and now >= it for it in instants)

    def is_reached(self, one: Invitation) -> bool:
        """Tell whether the person has seen it."""
        return one.displayed_at is not None or one.opened_at is not None

    def is_under_way(self, one: Invitation, now: Instant) -> bool:
        """Tell whether a courier has it and may still say what became of it."""
        return one.sending_until is not None and now < one.sending_until

    def send_at(self, one: Invitation) -> Instant | None:
        """Give when its message, or the next reminder, is to be sent."""
        if one.on_screen or (one.sent_at is None and (one.recalled or self.is_reached(one))):
            return None
        if one.sending_until is not None:
            return one.sending_until
        if one.sent_at is not None:
            return one.remind_at
        return one.decided_at if one.not_before is None else one.not_before

    def wake(self, one: Invitation, lane: str, new: str, now: Instant) -> int | None:
        """Look at an invitation; gives the number of the message to send on `lane` now (0: the ask), if any."""
        message = None
        fallback = None if self.is_reached(one) or self.is_under_way(one, now) else one.fallback_at
        if one.status == "open" and fallback is not None and fallback <= now < one.expires_at:
            until = one.counts_until()
            self.fall_back(one, new, now)
            if one.status == "open" and now >= one.counts_until():
                self.run_out(one, until)
        elif one.status == "open" and now >= one.counts_until():
            self.run_out(one, one.counts_until())
        elif one.status == "open" and lane == one.channel:
            at = self.send_at(one)
            if at is not None and now >= at:
                message = self.release(one, new, now) if one.sent_at is None else self.remind(one, now)
        return message

    def release(self, one: Invitation, new: str, now: Instant) -> int | None:
        """Decide again, then send it, have it wait, or cancel it."""
        if one.attempts >= len(WAITS):
            self.fail(one, new, now)
            return None
        said = decide_again(self.log, one, now, one.tried)
        if said.reason not in ("sending", "deferred"):
            self.cancel(one, said.reason)
            return None
        one.sending_until = None
        moved = said.channel != one.channel
        if moved:
            one.channel, one.attempts, one.fallback_at = said.channel or "", 0, None
        if one.released_at is None:
            one.questionnaire, one.expires_at = said.questionnaire or "", said.expires_at or 0
        if said.reason == "deferred":
            one.not_before = said.not_before
        return None if moved or said.reason == "deferred" else self.dispatch(one, now)

    def dispatch(self, one: Invitation, now: Instant) -> int:
        """Hand a message to the courier."""
        one.attempts += 1
        one.sending_until = now + LEASE
        one.released_at = one.released_at or now
        if one.sent_at is not None:
            return one.reminded + 1
        if one.attempts == 1:
            one.fallback_at = self.fallback_at(one, one.released_at)
        return 0

    def remind(self, one: Invitation, now: Instant) -> int | None:
        """Send a reminder, or wait until it is not quiet any more, whatever `then` says."""
        rule = self.log.rule(one.rule)
        times = 0 if rule is None or rule.remind is None or one.touchpoint not in rule.at else rule.remind.times
        if rule is None or one.reminded >= times or one.attempts >= len(WAITS):
            one.remind_at = one.sending_until = None
            return None
        zone = self.log.zone(one.person, one.zone)[0]
        channel, policy = self.log.ruleset.channels[one.channel], self.log.ruleset.do_not_disturb
        if "quiet_hours" not in rule.ignore and quiet(policy, channel, now // MINUTE, zone):
            end = end_of_quiet(policy, channel, now // MINUTE, zone, one.expires_at // MINUTE)
            waits = end is not None and end * MINUTE < one.expires_at
            one.remind_at = end * MINUTE if waits and end is not None else None
            one.sending_until = None
            return None
        return self.dispatch(one, now)

    def fall_back(self, one: Invitation, new: str, now: Instant) -> None:
        """Try the channels from the next one with `after` on; a yes makes another invitation for the same event."""
        one.fallback_at = None
        later = self.later_steps(one)
        place = next((place for place, (_, after) in enumerate(later) if after is not None), None)
        if place is None:
            return
        candidates = [channel for channel, _ in later[place:]]
        tried = tuple(it for it in self.log.ruleset.channels if it not in candidates)
        said = decide_again(self.log, one, now, tried)
        if said.reason in ("sending", "deferred"):
            self.follow(one, said, tried, new, now)

    def follow(self, one: Invitation, said: Said, tried: tuple[str, ...], new: str, now: Instant) -> None:
        """Make the invitation that takes the place of one that did not reach its person."""
        self.log.invitations.append(
            Invitation(
                id=new,
                person=one.person,
                event_id=one.event_id,
                touchpoint=one.touchpoint,
                stage=one.stage,
                rule=one.rule,
                questionnaire=said.questionnaire or "",
                channel=said.channel or "",
                on_screen=False,
                decided_at=now,
                expires_at=said.expires_at or 0,
                zone=one.zone,
                addresses=one.addresses,
                vip=one.vip,
                not_before=said.not_before,
                fallback_of=one.id,
                tried=tried,
            )
        )
        if one.status == "open" and one.displayed_at is None and one.sent_at is None:
            self.cancel(one, "superseded")

    def sent(self, one: Invitation, reminder: int, channel: str, now: Instant) -> None:
        """Write down that a channel's provider took a message."""
        rule = self.log.rule(one.rule)
        times = rule.remind.times if rule is not None and rule.remind is not None else 0
        if reminder == 0 and channel not in self.log.asked_over(one):
            self.log.note(now, "asked", one, channel, beyond=beyond_quota(self.log, one, "asked", now))
        if reminder <= (one.reminded if one.sent_at is not None else -1):
            return  # told before, or by another channel
        one.sending_until, one.attempts = None, 0
        if reminder == 0 and one.sent_at is None:
            one.sent_at = now
            if one.status == "open" and not self.is_reached(one) and channel != one.channel:
                one.channel = channel
                one.fallback_at = self.fallback_at(one, one.released_at or now)
        elif reminder == one.reminded + 1:
            one.reminded = reminder
        if one.status == "open":
            one.remind_at = None
            if rule is not None and rule.remind is not None and one.reminded < times:
                at = now + rule.remind.after
                one.remind_at = at if at < one.expires_at else None

    def not_sent(
        self,
        one: Invitation,
        channel: str,
        message: int,
        attempt: int,
        final: bool,
        wish: Span | None,
        new: str,
        now: Instant,
    ) -> None:
        """Try again later, within the invitation's life, or give up and fall back at once."""
        current = 0 if one.sent_at is None else one.reminded + 1
        awaited = (one.channel, current, one.attempts)
        if one.status != "open" or one.sending_until is None or (channel, message, attempt) != awaited:
            return  # nobody waits for this any more
        one.sending_until = None
        if one.recalled and one.sent_at is None:
            self.cancel(one, "superseded")
            return
        at = None
        if not final and attempt < len(WAITS):
            at = now + max(WAITS[attempt], min(wish or 0, 24 * HOUR))
        in_time = at is not None and at < one.expires_at
        if one.sent_at is not None:
            one.remind_at = at if in_time else None
            one.attempts = one.attempts if in_time else 0
        elif in_time:
            one.not_before = at
        else:
            self.fail(one, new, now)

    def fail(self, one: Invitation, new: str, now: Instant) -> None:
        """Give up what can't be sent, and have its fallback tried at once."""
        one.status = "failed"
        if one.fallback_at is not None and not self.is_reached(one):
            self.fall_back(one, new, now)
