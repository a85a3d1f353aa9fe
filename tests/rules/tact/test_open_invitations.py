"""Until when an open invitation counts, and when it is only scheduled."""

from __future__ import annotations

import msgspec
import pytest

from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HOLD, OpenInvitation

NOW = 1_795_305_600_000


def an_open(**changes: object) -> OpenInvitation:
    fields = {
        "id": "i-1",
        "rule": "r",
        "questionnaire": "q",
        "touchpoint": "payment",
        "channel": "web",
        "on_screen": True,
        "decided_at": NOW,
        "expires_at": NOW + DAY,
    }
    return OpenInvitation(**{**fields, **changes})  # type: ignore[arg-type]  # the fields of the struct


@pytest.mark.parametrize(
    ("invitation", "deadline"),
    [
        (an_open(), NOW + HOLD),
        (an_open(displayed_at=NOW), NOW + DAY),
        (an_open(expires_at=NOW + MINUTE), NOW + MINUTE),
        (an_open(fallback_at=NOW + 2 * HOUR), NOW + 2 * HOUR),
        (an_open(fallback_at=NOW + MINUTE), NOW + HOLD),
        (an_open(fallback_at=NOW + 2 * DAY), NOW + DAY),
        (an_open(on_screen=False), NOW + DAY),
        (an_open(on_screen=False, sent_at=NOW, fallback_at=NOW + HOUR), NOW + DAY),
    ],
)
def test_an_undisplayed_hold_lasts_until_its_fallback_and_everything_else_until_it_expires(
    invitation: OpenInvitation, deadline: int
) -> None:
    assert invitation.deadline() == deadline


@pytest.mark.parametrize(
    ("invitation", "scheduled"),
    [
        (an_open(), False),
        (an_open(fallback_at=NOW + 2 * HOUR), True),
        (an_open(fallback_at=NOW + 2 * HOUR, displayed_at=NOW), False),
        (an_open(on_screen=False), True),
        (an_open(on_screen=False, sending=True), False),
        (an_open(on_screen=False, sent_at=NOW), False),
        (an_open(on_screen=False, expires_at=NOW), False),
        (an_open(fallback_at=NOW - 1, decided_at=NOW - HOLD), False),
    ],
)
def test_what_is_neither_displayed_nor_sent_is_scheduled_for_as_long_as_it_counts(
    invitation: OpenInvitation, scheduled: bool
) -> None:
    assert invitation.scheduled(NOW) is scheduled


def test_an_invitation_kept_before_there_were_sent_ones_still_reads() -> None:
    kept = msgspec.msgpack.encode(["i-1", "r", "q", "payment", "web", True, NOW, NOW + DAY, None, 0])
    assert msgspec.msgpack.decode(kept, type=OpenInvitation) == an_open()
