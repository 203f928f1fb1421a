"""The places that each group of clients, such as a tenant, holds, and how many it may hold."""

from collections.abc import Hashable

Group = Hashable
"""Those on whose behalf places are held. None is the server itself."""
FIRST: Group = "first"
"""The group of the server's own short transactions that all requests wait for: it is served before all others."""
MIN_SHARED_PLACES = 4
"""Fewer places are not worth a reserve."""


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

    def must_yield(self, group: Group) -> bool:  # noqa: ARG002 -- for subclasses
        """Whether the tasks of the group that hold places should pause, because others are preferred."""
        return False

    def count(self, group: Group, points: int) -> None:
        """Count the points that the group has used."""

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
