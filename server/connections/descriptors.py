"""File descriptors: each connection needs one, and so do the database, the log and the listeners."""

import logging
import sys
from dataclasses import dataclass, replace

from server.config.connection_limits import ConnectionLimits

log = logging.getLogger("allotment.server")

PROCESS_DESCRIPTORS = 64
"""For libraries, logs, listeners, emails and connections that are being refused."""
DESCRIPTORS_PER_DATABASE_CONNECTION = 3
"""SQLite opens a file, its write-ahead log and its shared memory."""
MIN_CONNECTIONS = 8


@dataclass(frozen=True)
class DescriptorBudget:
    """The descriptors that a process may open, and those of them that are reserved."""

    available: int
    reserved: int

    @property
    def max_connections(self) -> int:
        """How many HTTP connections fit."""
        return max(MIN_CONNECTIONS, self.available - self.reserved)


def raise_descriptor_limit(database_connections: int) -> DescriptorBudget | None:
    """Raise the soft limit to the hard limit. Returns None if the system has no limit."""
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft not in (hard, resource.RLIM_INFINITY):
        soft = _raise_soft_limit(soft, hard)
    if soft == resource.RLIM_INFINITY:
        return None
    return DescriptorBudget(soft, PROCESS_DESCRIPTORS + DESCRIPTORS_PER_DATABASE_CONNECTION * database_connections)


def fit_limits(limits: ConnectionLimits, database_connections: int) -> ConnectionLimits:
    """Return the limits, lowered to the available descriptors. One address gets at most half of the connections."""
    budget = raise_descriptor_limit(database_connections)
    connections = limits.connections
    if budget is not None and budget.max_connections < connections:
        connections = budget.max_connections
        log.warning(
            "MAX_CONNECTIONS is %d, but this process may open only %d file descriptors and reserves %d of them: it "
            "accepts %d connections. Raise the limit (ulimit -n, LimitNOFILE), or lower MAX_CONNECTIONS.",
            *(limits.connections, budget.available, budget.reserved, connections),
        )
    per_address = min(limits.connections_per_address, max(1, connections // 2))
    return replace(limits, connections=connections, connections_per_address=per_address)


def _raise_soft_limit(soft: int, hard: int) -> int:
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # macOS refuses RLIM_INFINITY
        return soft
    return hard
