"""What new documents and articles get besides their input."""

from typing import Any

from models import Tenant
from queries.lists import select_current_tenant_rows
from services.core.unit_of_work import UnitOfWork


async def with_author_and_language(work: UnitOfWork, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a new text with the principal as its author, and with the tenant's language unless they
    contain one."""
    author = {"author_id": work.principal.user_id}
    if "language" in values:
        return values | author
    (tenant,) = await work.rows(select_current_tenant_rows(Tenant))
    return values | author | {"language": tenant.language}
