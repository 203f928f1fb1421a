"""Measures how late the event loop runs what is due: a blocked loop delays all requests of the process."""

import asyncio
from collections import deque

from server.telemetry.metrics.catalog import EVENT_LOOP_LAG, EVENT_LOOP_LAG_MAX
from server.telemetry.metrics.family import Family, Histogram, single

INTERVAL_SECONDS = 0.25
WINDOW = 240
"""The number of measurements in a minute."""


class EventLoopLag:
    """A timer that measures how late it is."""

    def __init__(self) -> None:
        self._durations = Histogram(EVENT_LOOP_LAG.bounds)
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def max_recent(self) -> float:
        """The largest lag of the last minute, in seconds."""
        return max(list(self._recent), default=0.0)

    def start(self) -> None:
        """Begin."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(INTERVAL_SECONDS, self._measure, loop, loop.time() + INTERVAL_SECONDS)

    def close(self) -> None:
        """Stop."""
        if self._timer is not None:
            self._timer.cancel()

    def collect(self) -> list[Family]:
        """Return the metrics."""
        return [Family(EVENT_LOOP_LAG, {(): self._durations.value()}), single(EVENT_LOOP_LAG_MAX, self.max_recent)]

    def _measure(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        lag = max(0.0, loop.time() - due)
        self._durations.observe(lag)
        self._recent.append(lag)
        self.start()
