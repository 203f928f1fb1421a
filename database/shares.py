"""The places that each group of clients, such as a tenant, holds, and how many it may hold."""

from collections import OrderedDict
from collections.abc import Hashable
from time import monotonic

Group = Hashable
"""Those on whose behalf places are held. None is the server itself."""
FIRST: Group = "first"
"""The group of the server's own short transactions that all requests wait for: it is served before all others."""
MIN_SHARED_PLACES = 4
"""Fewer places are not worth a reserve."""
ACTIVE_SECONDS = 1.0
"""A group counts as active for this long after it has left its last place."""
MAX_INACTIVE_GROUPS = 1000
"""Inactive groups are forgotten when there are more, or when a limit is computed."""


def share_of(places: int, share: float) -> int:
    """Return how many of the places one group may hold."""
    return places if places < MIN_SHARED_PLACES else max(1, int(places * share))


class Shares:
    """Counts the places that groups hold. Each may hold one, and at most `limit`; the server itself any number.

    A running statement cannot be taken back, so the limit keeps some places in reserve for the other groups.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.held: dict[Group, int] = {}
        self._limit = limit

    def is_full(self, group: Group) -> bool:
        """Whether the group may hold no further place now."""
        return self._limit is not None and self.held.get(group, 0) >= self._limit and group not in (None, FIRST)

    def take(self, group: Group) -> None:
        """Count a place of the group."""
        self.held[group] = self.held.get(group, 0) + 1

    def release(self, group: Group) -> None:
        """Count one place less."""
        held = self.held[group] - 1
        if held:
            self.held[group] = held
        else:
            del self.held[group]


class ActiveShares(Shares):
    """Divides the places equally among the active groups: those that hold places, or did so a moment ago."""

    def __init__(self, places: int, limit: int) -> None:
        super().__init__(limit)
        self._places = places
        self._inactive_since: OrderedDict[Group, float] = OrderedDict()
        """The groups that hold no place any more, the first one first."""

    def is_full(self, group: Group) -> bool:
        held = self.held.get(group)
        return held is not None and (super().is_full(group) or held >= self._equal_share())

    def take(self, group: Group) -> None:
        held = self.held.get(group, 0)
        self.held[group] = held + 1
        if not held:
            self._inactive_since.pop(group, None)

    def release(self, group: Group) -> None:
        held = self.held[group]
        if held > 1:
            self.held[group] = held - 1
            return
        del self.held[group]
        self._inactive_since[group] = monotonic()
        if len(self._inactive_since) > MAX_INACTIVE_GROUPS:
            self._forget_inactive()

    def _equal_share(self) -> int:
        """Return the number of places that each active group may hold: at least one, rounded up."""
        self._forget_inactive()
        return -(-self._places // (len(self.held) + len(self._inactive_since)))

    def _forget_inactive(self) -> None:
        oldest = monotonic() - ACTIVE_SECONDS
        while self._inactive_since:
            group, since = next(iter(self._inactive_since.items()))
            if since > oldest and len(self._inactive_since) <= MAX_INACTIVE_GROUPS:
                return
            del self._inactive_since[group]
