"""What monitoring shows of the deliveries of one process."""

from collections import Counter

from models.base import utc_now
from server.telemetry.metrics.catalog import WEBHOOK_ATTEMPTS, WEBHOOK_DURATION, WEBHOOK_LAG
from server.telemetry.metrics.family import Family, Histogram, single
from services.webhooks.results import Attempt

_MILLISECONDS = 1000


class WebhookStatistics:
    """Counts the attempts of one process."""

    def __init__(self) -> None:
        self._attempts: Counter[str] = Counter()
        self._duration = Histogram(WEBHOOK_DURATION.bounds)
        self._lag = Histogram(WEBHOOK_LAG.bounds)

    def note(self, attempt: Attempt) -> None:
        """Count an attempt."""
        self._attempts[_name_outcome(attempt)] += 1
        if attempt.duration_ms is not None:
            self._duration.observe(attempt.duration_ms / _MILLISECONDS)
        if attempt.has_succeeded and attempt.delivery.changed_at is not None:
            self._lag.observe((utc_now() - attempt.delivery.changed_at).total_seconds())

    def collect(self) -> list[Family]:
        """Return the metrics."""
        attempts = Family(WEBHOOK_ATTEMPTS, {(name,): number for name, number in self._attempts.items()})
        return [attempts, single(WEBHOOK_DURATION, self._duration.value()), single(WEBHOOK_LAG, self._lag.value())]


def _name_outcome(attempt: Attempt) -> str:
    if not attempt.was_sent:
        return "not_sent"
    return "failed" if attempt.error else "succeeded"
