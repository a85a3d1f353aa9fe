"""Facts with something in every field, for the contracts to write and read back."""

from __future__ import annotations

from tactful_gateway.store.records import (
    DeadLetter,
    InvitationRecord,
    JournalEvent,
    KeyRecord,
    Publication,
    VersionRecord,
    WakeUp,
)
from tactful_rules.model.ids import rfc3339
from tactful_rules.model.person import HistoryEvent, Joined, OpenInvitation, PersonState

NOW = 1_800_000_000_000


def event(place: int) -> JournalEvent:
    """Make a journal event that knows its place."""
    return JournalEvent(
        id=f"id-{place}",
        source="contract",
        type="tactful.invitation.created",
        time=rfc3339(NOW + place),
        subject="张三",
        data={"place": place, "text": "好\u2028"},
    )


def full_person(invitation: str | None = None) -> PersonState:
    """Make a person with something in every field."""
    opened = OpenInvitation(
        invitation or "i-0", "combo", "q", "payment", "web", True, NOW, NOW + 9, NOW + 1, 2, NOW + 3, True, NOW + 4
    )
    return PersonState(
        history=(
            HistoryEvent("asked", NOW - 5, "q", "payment", "web", "order"),
            HistoryEvent("answered", NOW - 5, "q", "payment", "web", None),
            HistoryEvent("dismissed", NOW, "other", "menu", "app", "order"),
        ),
        open=(opened,),
        opted_out=("sms",),
        asks=41,
        answers=7,
        dismissals=3,
        last_asked=NOW - 5,
        last_answered=NOW - 5,
        last_score=8.5,
        timezone="Asia/Shanghai",
        locale="zh-CN",
        joined=(Joined("anon_张", NOW - 1),),
        last_scored=NOW - 6,
    )


def full_invitation(invitation: str) -> InvitationRecord:
    """Make an invitation with something in most fields."""
    return InvitationRecord(
        id=invitation,
        lookup=f"lookup {invitation}".encode(),
        person="p",
        touchpoint="payment",
        event_id="e-1",
        rule="combo",
        questionnaire="q",
        ruleset="v",
        channel="web",
        on_screen=True,
        decided_at=NOW,
        expires_at=NOW + 9,
        stage="order",
        params={"order.amount": 38.5, "tags": ["a", "b"], "big": 2**63, "none": None},
        traits={"visits": 3, "名": {"deep": [1, 2.5, True]}},
        status="answered",
        displayed_at=NOW + 1,
        displays=2,
        answers={"score": 5, "why": "好", "how": ["a", {"other": "b"}]},
        rev=3,
        answered_at=NOW + 2,
        addresses={"sms": b"\x00sealed", "wechat": b""},
        sealed_for="i-0",
        tried=("web", "email"),
        fallback_of="i-0",
        asked=(NOW - 1,),
        fallback_at=NOW + 3,
        not_before=NOW,
        released_at=NOW,
        attempts=2,
        took=1,
        sending_until=NOW + 4,
        sent_at=NOW + 1,
        message_id="消息-1",
        reminded=1,
        remind_at=NOW + 5,
        beyond_quota=True,
    )


def wake_up(invitation: str, later: int, *, lane: str = "") -> WakeUp:
    """Make a wake-up that is due that much after `NOW`."""
    return WakeUp(lane, NOW + later, invitation, "张三", "combo")


def letter(consumer: str, seq: int) -> DeadLetter:
    """Make a dead letter."""
    return DeadLetter(
        consumer=consumer, seq=seq, event_id=f"id-{seq}", at=NOW, attempts=3, error="404: no such hook", body=b"\x00{}"
    )


def publication(number: int, *, content: str = "", ruleset: str = "") -> Publication:
    """Make a version with something in every field; its content and ruleset are its own, unless they are given."""
    version = VersionRecord(
        number=number,
        at=NOW + number,
        content=content or f"content {number}",
        ruleset=ruleset or f"ruleset {number}",
        origin="rolled_back",
        lasts=9,
        by="key-1",
        name="发布",
        message="back\u2028again",
        of=3,
    )
    return Publication(version, {"rules.yaml": "a: 好\n", "more/b.yml": ""}, b'{"a": 1}')


def api_key(key: str, at: int) -> KeyRecord:
    """Make an API key's record."""
    return KeyRecord(
        id=key,
        kind="pk",
        hash=b"h" * 32,
        hint="pk_a...z",
        name="shop",
        origins=("https://shop.example",),
        created_at=at,
    )
