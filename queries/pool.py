"""The pool of PostgreSQL's connections."""

from typing import Any

from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util.concurrency import in_greenlet
from sqlalchemy.util.queue import Empty


class ReadyFirst(AsyncAdaptedQueuePool):
    """SQLAlchemy's own waits for a connection even where one is ready, once it has made as many as it may; to wait it
    needs a greenlet, which costs more than the connection's checkout. Without a greenlet this one can be asked for what
    is ready; it raises MissingGreenlet where a connection must be made anew."""

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            entry: Any = self._pool.get(block=False)
        except Empty:
            return super()._do_get()
        if entry._is_hard_or_soft_invalidated() and not in_greenlet():  # noqa: SLF001
            self._pool.put(entry, block=False)
            raise MissingGreenlet
        return entry  # type: ignore[no-any-return]
