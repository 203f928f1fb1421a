"""File descriptors: each connection needs one, and so do the database, the log and the listeners."""

import logging
import sys
from contextlib import suppress
from dataclasses import dataclass, replace

from server.config.connection_limits import ConnectionLimits

log = logging.getLogger("allotment.server")

PROCESS_DESCRIPTORS = 64
"""For libraries, logs, listeners, emails and connections that are being refused."""
DESCRIPTORS_PER_DATABASE_CONNECTION = 3
"""SQLite opens a file, its write-ahead log and its shared memory."""
FALLBACK_LIMITS = (65_536, 10_240)
"""macOS has no hard limit, but refuses a soft limit above one of its own."""
MIN_CONNECTIONS = 8
MAX_BACKLOG = 2048
MIN_BACKLOG = 16


@dataclass(frozen=True)
class DescriptorBudget:
    """The descriptors that a process may open, and the database connections that it may have."""

    available: int
    database_connections: int

    @property
    def reserved(self) -> int:
        """How many descriptors the process needs for other purposes than admitted connections."""
        database = DESCRIPTORS_PER_DATABASE_CONNECTION * self.database_connections
        return PROCESS_DESCRIPTORS + database + self.backlog

    @property
    def backlog(self) -> int:
        """The length of a listener's queue. The event loop accepts the whole queue before it closes any of them, and
        uvloop closes the listener if it runs out of descriptors."""
        return min(MAX_BACKLOG, max(MIN_BACKLOG, self.available // 8))

    @property
    def max_connections(self) -> int:
        """How many HTTP connections fit."""
        return max(MIN_CONNECTIONS, self.available - self.reserved)


def fit_limits(limits: ConnectionLimits, budget: DescriptorBudget | None) -> ConnectionLimits:
    """Return the limits, lowered to the budget if there is one. An address gets at most half of the connections."""
    connections = limits.connections
    if budget is not None and budget.max_connections < connections:
        connections = budget.max_connections
        log.warning(
            "MAX_CONNECTIONS is %d, but this process may open only %d file descriptors and reserves %d of them: it "
            "accepts %d connections. Raise the limit (ulimit -n, LimitNOFILE), or lower MAX_CONNECTIONS.",
            *(limits.connections, budget.available, budget.reserved, connections),
        )
    return replace(limits, connections=connections, connections_per_address=limits.limit_per_address(connections))


def find_budget(database_connections: int) -> DescriptorBudget | None:
    """Return the descriptors that this process may open if it raises its soft limit; None without a limit."""
    if sys.platform == "win32":
        return None
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if hard == resource.RLIM_INFINITY else DescriptorBudget(hard, database_connections)


def raise_descriptor_limit(database_connections: int) -> DescriptorBudget | None:
    """Raise the soft limit of this process to its hard limit, and return the descriptors that it may open."""
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for target in (hard, *(limit for limit in FALLBACK_LIMITS if limit > soft)):
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
            break
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else DescriptorBudget(soft, database_connections)
