"""The pool of PostgreSQL's connections."""

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util.queue import Empty


class ReadyFirst(AsyncAdaptedQueuePool):
    """SQLAlchemy's own waits for a connection even where one is ready, once it has made as many as it may; to wait it
    needs a greenlet, which costs more than the connection's checkout."""

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            return self._pool.get(block=False)
        except Empty:
            return super()._do_get()
