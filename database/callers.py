"""What this process knows about callers: the credentials of requests that the database has confirmed.

The tenant that a request names is not verified before its first statement. If it were trusted, anyone could use the
turns and the cost budgets of another tenant. So what belongs to a tenant is found by credentials that the database has
confirmed as that tenant's before. Each identity statement updates what is known.
"""

from typing import Any

from database.authentication import Credentials, Principal, SystemCredentials, is_denial
from database.cached_identity import CachedIdentity, build_identity
from database.shares import Group  # noqa: TC001 -- the annotation of an attribute

MAX_CALLERS = 10_000


class Caller:
    """Credentials that the database has confirmed, and the principal that they had the last time."""

    __slots__ = ("charged_buckets", "group", "identity", "principal")

    def __init__(self, principal: Principal, identity: CachedIdentity | None) -> None:
        self.principal = principal
        self.group: Group = principal.group
        """To which requests of the caller count while they wait for places and connections."""
        self.identity = identity
        """What verifies the principal in the next transaction; None if it is not cached."""
        self.charged_buckets: Any = None
        """The cost budgets that operations of the caller are charged to (services/core/cost); None if not known."""


class Callers:
    """The callers of one process, by their credentials."""

    def __init__(self, *, caches_identities: bool = False) -> None:
        self._caches_identities = caches_identities
        self._callers: dict[tuple[Any, ...], Caller] = {}

    def find(self, credentials: Credentials) -> Caller | None:
        """Return what is known about the credentials; None if the database has not confirmed them."""
        return self._callers.get(credentials.lookup_key)

    def record(self, credentials: Credentials, principal: Principal) -> None:
        """Note which principal the database has confirmed; forget the caller if it has confirmed none.

        Nor are credentials stored that name a tenant to which they do not belong: there are any number of names."""
        if credentials.is_anonymous or isinstance(credentials, SystemCredentials):
            return
        key = credentials.lookup_key
        known = self._callers.get(key)
        if is_denial(credentials, principal):
            self._callers.pop(key, None)
        elif known is None or known.principal != principal:
            self._store(key, credentials, principal, known)

    def _store(
        self, key: tuple[Any, ...], credentials: Credentials, principal: Principal, known: Caller | None
    ) -> None:
        if len(self._callers) >= MAX_CALLERS:
            self._callers.clear()
        caller = Caller(principal, build_identity(credentials, principal) if self._caches_identities else None)
        if known is not None and known.principal.tenant_id == principal.tenant_id:
            caller.charged_buckets = known.charged_buckets
        self._callers[key] = caller
