"""A cache of the accounts that credentials are charged to."""

from typing import Any

from database.authentication import Credentials
from services.core.cost.budgets import Account

MAX_ENTRIES = 10_000


class AccountCache:
    """The accounts by the credentials that were authenticated in this process.

    For accounting only: the principal is authenticated again when the operation is executed. Credentials that are no
    longer valid therefore charge the same account as before, and get no data."""

    def __init__(self) -> None:
        self._accounts: dict[tuple[Any, ...], Account] = {}

    def get(self, credentials: Credentials) -> Account | None:
        """Return the account, or None if the credentials were not authenticated yet."""
        return self._accounts.get(credentials.lookup_key)

    def store(self, credentials: Credentials, account: Account) -> None:
        """Store the account of authenticated credentials."""
        if len(self._accounts) >= MAX_ENTRIES:
            self._accounts.clear()
        self._accounts[credentials.lookup_key] = account
