"""Confirms that clients still have the access that they had before: clients of a tenant that ask at the same time share
one statement.

A thousand followers of a tenant that receive the same change need one statement, not a thousand. It can only confirm:
who is not confirmed must be authenticated as usual, which also says why.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from database.authentication import Principal, SystemCredentials
from database.engine import Database
from database.outage import is_outage
from database.reader import Reader
from models.base import utc_now
from queries.access import select_active_api_keys, select_active_sessions

logger = logging.getLogger("allotment.changes")

Batch = dict[Principal, asyncio.Future[bool]]


class AccessConfirmation:
    """Confirms principals for one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batches: dict[UUID, Batch] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def confirm(self, principal: Principal) -> bool:
        """Return whether the session or API key of the principal is valid, with the same role and
        scopes in the same tenant. False
        also means that this could not be found out."""
        tenant = principal.tenant_id
        if tenant is None:
            return False
        loop = asyncio.get_running_loop()
        if tenant not in self._batches:
            self._batches[tenant] = {}
            task = loop.create_task(self._confirm_batch(tenant))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        batch = self._batches[tenant]
        if principal not in batch:
            batch[principal] = loop.create_future()
        return await asyncio.shield(batch[principal])

    async def _confirm_batch(self, tenant: UUID) -> None:
        """Confirm the principals of all tasks that were ready when the first one asked."""
        batch = self._batches.pop(tenant)
        confirmed: set[Principal] = set()
        try:
            confirmed = await self._find_confirmed(tenant, list(batch))
        except Exception as error:
            if not is_outage(error):
                logger.exception("Access could not be confirmed")
        finally:
            for principal, future in batch.items():
                future.set_result(principal in confirmed)

    async def _find_confirmed(self, tenant: UUID, principals: Sequence[Principal]) -> set[Principal]:
        reader = Reader(self._database, SystemCredentials(tenant_id=tenant, group=f"tenant:{tenant}"))
        session_ids = list({each.session_id for each in principals if each.session_id is not None})
        key_ids = list({each.api_key_id for each in principals if each.api_key_id is not None})
        try:
            sessions = await reader.rows(select_active_sessions(), keys=session_ids, now=utc_now())
            keys = await reader.rows(select_active_api_keys(), keys=key_ids, now=utc_now()) if key_ids else ()
        finally:
            await reader.close()
        found = {(row.id, row.user_id, row.role, row.is_superuser, None, row.impersonator_id) for row in sessions}
        found |= {(row.id, None, row.role, False, row.scopes, None) for row in keys}
        return {principal for principal in principals if _found_values(principal) in found}


def _found_values(principal: Principal) -> tuple[Any, ...]:
    id = principal.session_id or principal.api_key_id
    known = (principal.user_id, principal.role, principal.is_superuser, principal.scopes, principal.impersonator_id)
    return id, *known
