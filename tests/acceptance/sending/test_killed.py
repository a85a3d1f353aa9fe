"""The plug is pulled while messages go out: each is journalled as sent once, and goes again only under the same id."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tactful_gateway.couriers.group import SENDS
from tests.eventually import eventually
from tests.gateway.couriers.stage import Provider

SURVEY = """
touchpoints: {payment: {}}
rules: {paid: {at: payment, ask: csat, channels: [sms], delay: 1h}}
questionnaires: {csat: {questions: [{id: score, type: csat, text: How was paying?}]}}
channels:
  sms: {kind: http, url: "${SMS}", json: {to: "{{address}}", text: "{{url}}"}, allow_private: true}
do_not_disturb: {}
"""
PERSONS, KILLS = 120, 4


def test_each_message_is_sent_once_though_the_gateway_is_killed_again_and_again(
    open_shop: Callable[[str, str], Any], sms: Provider
) -> None:
    shop = open_shop(SURVEY, "2026-03-02T12:00:00Z")
    with ThreadPoolExecutor(4) as clients:
        people = [f"u-{number}" for number in range(PERSONS)]
        reasons = list(clients.map(lambda person: shop.paid(person, "e", sms="+8613800001234")["reason"], people))
    assert set(reasons) == {"deferred"}
    sms.delay = 0.2
    chance = random.Random(7)
    for kill in range(KILLS):
        # Two minutes later than before: by then, what was under way at the last kill may go again.
        shop.clock.set(f"2026-03-02T13:{2 * kill:02}:00Z")
        seen = len(sms.requests)
        eventually(lambda seen=seen: len(sms.requests) > seen or _sent(shop).total() == PERSONS)
        time.sleep(chance.random() / 2)
        shop.served.signal(signal.SIGKILL)
        shop.served.wait()
        shop.served.start()
    shop.clock.set("2026-03-02T14:00:00Z")
    eventually(lambda: len(_sent(shop)) == PERSONS, patience=40)
    assert set(_sent(shop).values()) == {1}
    assert set(_sent(shop)) == {key.removesuffix("/0") for key in sms.accepted}
    again = len(sms.accepted) - PERSONS
    assert again <= KILLS * SENDS, "only what was under way goes again"


def _sent(shop: Any) -> Counter[str]:
    """Count how often each invitation was journalled as sent."""
    db = sqlite3.connect(shop.served.db)
    try:
        rows = db.execute("SELECT body FROM journal WHERE type = 'tactful.invitation.sent'").fetchall()
    finally:
        db.close()
    return Counter(json.loads(body)["data"]["invitation"] for (body,) in rows)
