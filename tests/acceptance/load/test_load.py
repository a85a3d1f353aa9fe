"""Under any concurrency a person is never asked more than the policy allows, and no quota is overshot by one."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.load.run import judge, run

CALLS = 20_000


def test_64_clients_break_no_policy_and_overshoot_no_quota(tmp_path: Path) -> None:
    done = run(tmp_path, CALLS, seed=4)
    assert judge(done) == []
    # None of it held for want of something to hold against; what nobody was shown uses a little of a quota, too.
    assert done.count.asks["menu"] > 0.95 * done.limits.menu
    assert done.count.asks["delivery"] == done.limits.delivery
    assert done.count.answers["payment"] > 0.95 * done.limits.payment
    assert {"asked", "sending", "pending", "paused", "quota_full"} <= done.crowd.reasons.keys()
