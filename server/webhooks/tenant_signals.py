"""Signals of the changes of those tenants that have webhooks."""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from functools import partial
from uuid import UUID

from database.change_signal import ChangeSignal


class TenantSignals:
    """Calls a function with the id of a tenant whenever the tenant may have changes."""

    def __init__(self, signal: ChangeSignal, listener: Callable[[UUID], None]) -> None:
        self._signal = signal
        self._listener = listener
        self._followed: dict[UUID, ExitStack] = {}

    def follow(self, tenants: Collection[UUID]) -> None:
        """Follow these tenants, and no others."""
        for tenant in self._followed.keys() - set(tenants):
            self._followed.pop(tenant).close()
        for tenant in tenants:
            self.add(tenant)

    def add(self, tenant: UUID) -> None:
        """Follow this tenant, too."""
        if tenant not in self._followed:
            stack = self._followed[tenant] = ExitStack()
            stack.enter_context(self._signal.listening(tenant, partial(self._listener, tenant)))
