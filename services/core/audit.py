"""The audit: every unit of work writes an entry for each change of an audited row, in its own transaction.

`services/core/use_case.py` calls it last before the commit, so no use case can forget it.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import update

from database.authentication import Principal
from models import AuditEntry, Tenant
from models.audit_entry import MAX_OPERATION_LENGTH, ActorKind, AuditAction
from models.relations import get_model, table_of
from queries.key_list import any_of, key_list_param
from queries.scope import in_tenant_log
from services.core.audit_entries import describe
from services.core.audit_values import is_audited
from services.core.changes import Change
from services.core.request_info import RequestInfo
from services.core.unit_of_work import UnitOfWork

Row = dict[str, Any]


async def write_entries(work: UnitOfWork) -> None:
    """Write the entries of the changes: one statement for each tenant that they belong to."""
    changes: dict[UUID, list[tuple[Any, Change]]] = {}
    for change in work.changes:
        if is_audited(model := get_model(change.table)):
            changes.setdefault(_tenant_of(model, change), []).append((model, change))
    if not changes:
        return
    work.changed_tenants.update(changes)
    request = work.load_request() if work.load_request is not None else None
    columns = _request_columns(request) | {"impersonator_id": work.principal.impersonator_id}
    for tenant_id in sorted(changes, key=lambda tenant: tenant != work.principal.tenant_id):  # the current one first
        cause = _actor(work.principal, tenant_id, request) | columns
        entries = [entry for model, change in changes[tenant_id] for entry in change.entries or describe(model, change)]
        purged_ids = [row["object_id"] for row in entries if row["action"] is AuditAction.PURGED]
        if changes.keys() == {work.principal.tenant_id} and not purged_ids:
            await work.insert_at_commit(AuditEntry, entries, cause)
        else:
            await work.insert_for_tenant(AuditEntry, tenant_id, entries, cause)
            await _empty_entries(work, purged_ids)


async def _empty_entries(work: UnitOfWork, ids: list[UUID]) -> None:
    """Remove the contents of all entries of purged objects. The triggers permit it after the entry of the purge."""
    if ids:
        table = table_of(AuditEntry)
        of_objects = (in_tenant_log(table), any_of(table.c.object_id, key_list_param(ids)))
        await work.rows(update(table).where(*of_objects).values(before={}, after={}).returning(table.c.id))


def _tenant_of(model: Any, change: Change) -> UUID:
    tenant_id: UUID = change.row["id" if model is Tenant else "tenant_id"]
    return tenant_id


def _actor(principal: Principal, tenant_id: UUID, request: RequestInfo | None) -> Row:
    if principal.api_key_id is not None:
        return {"actor_kind": ActorKind.API_KEY, "actor_id": principal.api_key_id}
    if principal.user_id is None:
        return {"actor_kind": ActorKind.OPERATOR if request is None else ActorKind.ANONYMOUS, "actor_id": None}
    is_member = principal.role is not None and principal.tenant_id == tenant_id
    kind = ActorKind.SUPERUSER if principal.is_superuser and not is_member else ActorKind.USER
    return {"actor_kind": kind, "actor_id": principal.user_id}


def _request_columns(request: RequestInfo | None) -> Row:
    known = request or RequestInfo()
    return {
        "request_id": known.id,
        "operation": None if known.operation is None else known.operation[:MAX_OPERATION_LENGTH],
        "address": known.address,
        "user_agent": known.user_agent,
    }
