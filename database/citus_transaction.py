"""Transactions on Citus: those of PostgreSQL, with a message more that passes the tenant to the workers.

Nothing else is sent together with it, because Citus forwards the whole text of a message. For the same reason, what
PostgreSQL inserts in the message of COMMIT has a statement of its own here.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable

from database.asyncpg_transaction import AsyncpgReadTransaction
from database.authentication import SET_TENANT, Credentials, Principal, SystemCredentials
from database.callers import Callers
from database.citus import set_local_tenant
from database.counter_order import CounterWriteTransaction


class CitusReadTransaction(AsyncpgReadTransaction):
    """A read-only snapshot, whose tenant the workers know."""

    async def begin(self, credentials: Credentials, callers: Callers) -> Principal:
        principal = await super().begin(credentials, callers)
        if principal.tenant_id is not None and not isinstance(credentials, SystemCredentials):
            await self._execute(set_local_tenant(principal.tenant_id))
        return principal

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Any:
        if statement is SET_TENANT:
            setting = parameters["tenant_setting"]
            await self._set_tenant(uuid.UUID(setting) if setting else None)
            return ()
        return await super().rows(statement, parameters)

    async def _set_tenant(self, tenant_id: uuid.UUID | None) -> None:
        await self._execute(set_local_tenant(tenant_id))


class CitusWriteTransaction(CitusReadTransaction, CounterWriteTransaction):
    """A transaction that writes, whose tenant the workers know. It inserts nothing in the message of COMMIT."""

    async def _set_tenant(self, tenant_id: uuid.UUID | None) -> None:
        await super()._set_tenant(tenant_id)
        self._permitted_tenant = tenant_id
