"""A cache of the accounts that credentials are charged to."""

from typing import Any, NamedTuple

from database.authentication import Credentials, Principal
from database.shares import Group
from services.core.cost.budgets import Account

MAX_ENTRIES = 10_000


class _Entry(NamedTuple):
    tenant_group: Group
    account: Account


class AccountCache:
    """The accounts by the credentials that were authenticated in this process.

    For accounting only: the principal is authenticated again when the operation is executed, and `observe` then removes
    an account that is not that of the principal any more."""

    def __init__(self) -> None:
        self._entries: dict[tuple[Any, ...], _Entry] = {}

    def get(self, credentials: Credentials) -> Account | None:
        """Return the account, or None if the credentials were not authenticated yet."""
        entry = self._entries.get(credentials.lookup_key)
        return None if entry is None else entry.account

    def store(self, credentials: Credentials, principal: Principal, account: Account) -> None:
        """Store the account of authenticated credentials."""
        if len(self._entries) >= MAX_ENTRIES:
            self._entries.clear()
        self._entries[credentials.lookup_key] = _Entry(principal.tenant_group, account)

    def observe(self, credentials: Credentials, principal: Principal) -> None:
        """Remove the account if the credentials are no longer valid, or no longer those of its tenant."""
        entry = self._entries.get(credentials.lookup_key)
        if entry is not None and (principal.is_anonymous or principal.tenant_group != entry.tenant_group):
            del self._entries[credentials.lookup_key]
