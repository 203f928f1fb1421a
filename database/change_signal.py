"""Tells followers of the change feed that a tenant has changes: after a commit of this process, or of another one.

A signal contains no data. It is sent after the commit, not in its transaction: NOTIFY would make all commits of the
database wait for each other. A signal may be lost, so followers also look without one.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

IDLE_POLL_SECONDS = 10.0
"""How long followers wait for a signal while signals of other processes arrive."""
POLL_SECONDS = 1.0
"""How long they wait while there are none: on SQLite, behind a transaction pooler, and without a connection."""
MAX_UNSENT = 1000
"""How many tenants wait to be signalled to other processes. Beyond, those processes notice by themselves."""

Listener = Callable[[], None]


class ChangeSignal:
    """The signals of one process."""

    def __init__(self) -> None:
        self._listeners: dict[UUID, set[Listener]] = {}
        self._unsent: dict[UUID, None] = {}
        self.on_unsent: Listener | None = None
        """Called when there is something to send to other processes."""
        self.receives_others = False
        """Whether signals of other processes arrive."""

    @property
    def poll_seconds(self) -> float:
        """How long a follower should wait for a signal before it looks without one."""
        return IDLE_POLL_SECONDS if self.receives_others else POLL_SECONDS

    @contextmanager
    def listening(self, tenant: UUID, listener: Listener) -> Iterator[None]:
        """Call the listener in the block whenever the tenant may have changes."""
        listeners = self._listeners.setdefault(tenant, set())
        listeners.add(listener)
        try:
            yield
        finally:
            listeners.discard(listener)
            if not listeners:
                self._listeners.pop(tenant, None)

    def publish(self, tenants: Iterable[UUID]) -> None:
        """Signal that changes of these tenants were committed by this process."""
        for tenant in tenants:
            self.notify(tenant)
            if len(self._unsent) < MAX_UNSENT:
                self._unsent[tenant] = None
        if self.on_unsent is not None and self._unsent:
            self.on_unsent()

    def notify(self, tenant: UUID) -> None:
        """Call the listeners of the tenant."""
        for listener in tuple(self._listeners.get(tenant, ())):
            listener()

    def notify_all(self) -> None:
        """Call all listeners: signals may have been lost."""
        for tenant in tuple(self._listeners):
            self.notify(tenant)

    def take_unsent(self) -> list[UUID]:
        """Return the tenants to signal to other processes, and forget them."""
        unsent, self._unsent = list(self._unsent), {}
        return unsent
