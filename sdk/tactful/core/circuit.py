"""The circuit: one failure stops calls to a gateway that is down, and the background finds out when it is back.

No caller pays for the looking: while it is open only the background probes, and one caller's success closes it.
"""

from __future__ import annotations

from tactful.status import CircuitState

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
LONGEST_RETRY_AFTER = 3600.0
"""A gateway may ask for longer, but then it would not be missed before the next deployment."""
UNPROBED_GRACE = 5.0
"""Seconds after which a caller may try although the background did not: a fork may have left it without a thread."""
TRIAL_LIFE = 10.0
"""Seconds after which a trial whose outcome nobody told counts as lost."""


class Circuit:
    """Says whether a call may go to the gateway; seconds are those of a monotonic clock."""

    def __init__(self) -> None:
        self.state: CircuitState = "closed"
        self.until = 0.0
        """When the background may probe, while it is open."""
        self._failures = 0
        self._trial_until = 0.0

    def admits(self, now: float) -> bool:
        """Tell whether a caller may go now; when half-open that takes the one trial."""
        if self.state == "closed":
            return True
        if self.state == "open" and now < self.until + UNPROBED_GRACE:
            return False
        if now < self._trial_until:
            return False
        self.state = "half-open"
        self._trial_until = now + TRIAL_LIFE
        return True

    def probe_due(self, now: float) -> bool:
        """Tell whether the background should try the gateway now."""
        return self.state == "open" and now >= self.until

    def succeeded(self) -> None:
        """Note that a touchpoint was answered."""
        self.state = "closed"
        self._failures = 0
        self._trial_until = 0.0

    def probed(self, now: float) -> None:
        """Note that the background got an answer: the next caller is the trial.

        An answer to a request that had been on its way when the circuit opened is no probe.
        """
        if self.probe_due(now):
            self.state = "half-open"
            self._trial_until = 0.0

    def failed(self, now: float, jitter: float, retry_after: float | None = None) -> None:
        """Note a failure; `jitter` in [0, 1) spreads the next probe over +-25 % of the backoff.

        Failures of calls that were under way when it opened do not lengthen the backoff.
        """
        if self.state == "open" and now < self.until:
            if retry_after is not None:
                self.until = max(self.until, now + min(retry_after, LONGEST_RETRY_AFTER))
            return
        backoff = min(FIRST_BACKOFF * 2.0 ** min(self._failures, 16), LONGEST_BACKOFF) * (0.75 + jitter / 2)
        if retry_after is not None:
            backoff = max(backoff, min(retry_after, LONGEST_RETRY_AFTER) * (1 + jitter / 10))
        self.state = "open"
        self.until = now + backoff
        self._failures += 1
        self._trial_until = 0.0
