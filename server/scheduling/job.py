"""A piece of work that is performed again and again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from database.engine import Database


@dataclass(frozen=True)
class ScheduledJob:
    """Work that is performed once in each interval, by one of all processes. It must be safe to perform it again: a
    process that is killed, or that loses the database, leaves it unfinished."""

    name: str
    interval: timedelta
    perform: Callable[[Database], Awaitable[None]]
