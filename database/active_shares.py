"""Shares of the groups that are active at the same time: equal numbers of places, and priority for those that use few
points.

A process has one event loop. If its thread is busy, equal numbers of places are not enough: the requests of a group
with expensive operations delay every step of the others' requests. So the points that groups use are counted, and a
group that uses many more of them than the others on average yields to them.
"""

from time import monotonic, thread_time

from database.shares import Group, Shares

PERIOD_SECONDS = 1.0
"""A group is active if it has held a place in this period or in the previous one."""
OVER_SHARE = 1.5
"""A group is over its share if it has used this many times the points of the active groups on average."""
BUSY = 0.5
"""The thread is busy if it worked for this part of the previous period."""
PREFERRED_SECONDS = 0.1
"""Others yield to a group for so long after it has taken a place: a longer request mostly waits for the database."""


class ActiveShares(Shares):
    """Divides the places equally among the active groups. While the thread is busy, a group that is over its share may
    hold one place only, and must not take it while a group that is not over its share executes.

    The points that count are those of this period and a declining part of those of the previous one."""

    def __init__(self, places: int, limit: int) -> None:
        super().__init__(limit)
        self._places = places
        self._number_active = 0
        self._points: dict[Group, int] = {}
        """The points of the groups that are active in this period."""
        self._total = 0
        self._previous_points: dict[Group, int] = {}
        self._previous_total = 0
        self._taken_at: dict[Group, float] = {}
        """When the groups that hold places took the last one."""
        self._now = 0.0
        self._period_end = 0.0
        self._thread_seconds = 0.0
        self._is_busy = False

    def is_full(self, group: Group) -> bool:
        held = self.held.get(group, 0)
        self._advance()
        if held and (super().is_full(group) or held >= self._equal_share()):
            return True
        return self._is_busy and (self._is_over_share(group) if held else self.must_yield(group))

    def must_yield(self, group: Group) -> bool:
        if not self._is_busy or len(self.held) <= (group in self.held) or not self._is_over_share(group):
            return False
        self._advance()
        return any(map(self._is_preferred, self.held))

    def take(self, group: Group) -> None:
        self.held[group] = self.held.get(group, 0) + 1
        self._taken_at[group] = self._now = monotonic()
        if self._now >= self._period_end:
            self._begin_period()
        if group not in self._points:
            self._points[group] = 0
            self._number_active += group not in self._previous_points

    def release(self, group: Group) -> None:
        held = self.held[group] - 1
        if held:
            self.held[group] = held
        else:
            del self.held[group], self._taken_at[group]

    def count(self, group: Group, points: int) -> None:
        """Count the points that an operation of the group has used. The group holds a place."""
        self._points[group] = self._points.get(group, 0) + points
        self._total += points

    def _equal_share(self) -> int:
        """Return the number of places that each active group may hold: at least one, rounded up."""
        return -(-self._places // self._number_active)

    def _is_over_share(self, group: Group) -> bool:
        weight = (self._period_end - self._now) / PERIOD_SECONDS
        points = self._points.get(group, 0) + weight * self._previous_points.get(group, 0)
        return points * self._number_active > OVER_SHARE * (self._total + weight * self._previous_total)

    def _is_preferred(self, group: Group) -> bool:
        return self._now - self._taken_at[group] < PREFERRED_SECONDS and not self._is_over_share(group)

    def _advance(self) -> None:
        """Read the clock, and begin the next period if this one has ended."""
        self._now = monotonic()
        if self._now >= self._period_end:
            self._begin_period()

    def _begin_period(self) -> None:
        thread_seconds, elapsed = thread_time(), self._now - self._period_end + PERIOD_SECONDS
        self._is_busy = thread_seconds - self._thread_seconds > BUSY * elapsed
        self._thread_seconds = thread_seconds
        if elapsed >= 2 * PERIOD_SECONDS:  # nothing has happened in the meantime
            self._points.clear()
            self._total = 0
        self._previous_points = self._points | {group: self._points.get(group, 0) for group in self.held}
        self._previous_total = self._total
        self._points = {}
        self._total = 0
        self._number_active = len(self._previous_points)
        self._period_end = self._now + PERIOD_SECONDS
