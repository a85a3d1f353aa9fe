"""Under any concurrency a person is never asked more than the policy allows, and no quota is overshot by one."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.load.run import Run, judge, run
from tests.servers.postgres import running_postgres

CALLS = 20_000
CALLS_SHARED = 6_000


def test_64_clients_break_no_policy_and_overshoot_no_quota(tmp_path: Path) -> None:
    done = run(tmp_path, CALLS, seed=4)
    assert judge(done) == []
    assert_all_was_used(done, 0.95)


def test_64_clients_of_three_gateways_break_no_policy_and_overshoot_no_quota(tmp_path: Path) -> None:
    with running_postgres(fsync="off") as server:
        done = run(tmp_path, CALLS_SHARED, 4, server.url(), 3)
    assert judge(done) == []
    assert_all_was_used(done, 0.8)


def assert_all_was_used(done: Run, share: float) -> None:
    """See that none of it held for want of something to hold against; what nobody was shown uses a little, too."""
    menu, payment, delivery = done.count.places.values()
    assert len(menu.counted) > share * menu.limit
    assert len(delivery.counted) > share * delivery.limit
    assert len(payment.counted) > share * payment.limit
    assert payment.beyond, "nobody answered after the place had gone to another"
    assert {"asked", "sending", "pending", "paused", "quota_full"} <= done.crowd.reasons.keys()
