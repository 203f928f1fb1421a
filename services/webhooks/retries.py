"""When a failed delivery is attempted again."""

import random
from dataclasses import dataclass
from datetime import timedelta

MAX_RETRY_AFTER = 24 * 60 * 60
"""How far an endpoint can postpone the next attempt, in seconds."""
JITTER = 0.2
"""By what part of it a delay is longer at most, so that endpoints that were down do not get all retries at once."""


@dataclass(frozen=True)
class RetryPolicy:
    """The delays after the failed attempts, in seconds, and when a failing endpoint is disabled."""

    schedule: tuple[float, ...]
    disable_after: timedelta

    def delay_after(self, attempts: int, retry_after: float | None = None) -> float | None:
        """Return the seconds after so many failed attempts until the next one; None if there is none. The endpoint can
        ask for more with `Retry-After`."""
        if attempts > len(self.schedule):
            return None
        delay = self.schedule[attempts - 1] * (1 + random.uniform(0, JITTER))  # noqa: S311
        return delay if retry_after is None else max(delay, min(retry_after, MAX_RETRY_AFTER))
