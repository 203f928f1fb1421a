"""The group to which a request counts while it waits for places and connections.

The tenant that a request names is not verified before its first statement. If it were trusted, anyone could use the
turns of another tenant. So a tenant's group is used only for credentials that the database has confirmed as that
tenant's before. Other requests count to the user of the verified token, or to the network address.
"""

from collections.abc import Callable  # noqa: TC003 -- the annotation of an attribute
from uuid import UUID

from database.authentication import Credentials, Principal, SystemCredentials
from database.shares import Group

MAX_ENTRIES = 10_000


class TenantGroups:
    """The tenants of the credentials that this process has authenticated."""

    def __init__(self) -> None:
        self._tenants: dict[tuple[int | None, str | None, str | None], Group] = {}
        self.observers: list[Callable[[Credentials, Principal], None]] = []
        """Called with the result of each identity statement, so that other caches can forget what has changed."""

    def find(self, user_id: UUID | None, key_hash: str | None, tenant: str | None) -> Group:
        """Return the group of the tenant that the credentials name, if it is confirmed; otherwise that of their user;
        None if there is neither."""
        user = None if user_id is None else user_id.int  # hashing an integer is faster than hashing a UUID
        return self._tenants.get((user, key_hash, tenant)) or (None if user is None else ("user", user))

    def record(self, credentials: Credentials, principal: Principal) -> None:
        """Note the tenant that the database has confirmed; forget an earlier one if it confirmed none."""
        if credentials.is_anonymous or isinstance(credentials, SystemCredentials):
            return
        for observe in self.observers:
            observe(credentials, principal)
        group = principal.tenant_group
        if group is None:
            self._tenants.pop(_key(credentials), None)
            return
        if len(self._tenants) >= MAX_ENTRIES:
            self._tenants.clear()
        self._tenants[_key(credentials)] = group


def _key(credentials: Credentials) -> tuple[int | None, str | None, str | None]:
    user_id = credentials.user_id
    return None if user_id is None else user_id.int, credentials.key_hash, credentials.tenant
