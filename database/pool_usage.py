"""How many connections of a database are in use, for operators."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PoolUsage:
    """The numbers of the connections of a process, and of the requests that wait for one."""

    size: int
    """Connections that stay open once they are."""
    max_overflow: int
    """Connections that may be opened in addition."""
    in_use: int
    """Connections that are acquired or being opened."""
    idle: int
    """Open connections that can be acquired."""
    overflow: int
    """Connections beyond `size` that are open or being opened."""
    waiting: int
    """Requests that wait for a connection."""
