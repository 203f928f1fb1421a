"""API keys: create, revoke."""

from collections.abc import Mapping
from typing import Any

from dataloaders.rows import CurrentApiKeyLoader
from inputs.api_key import CreateApiKeyInput
from inputs.arguments import Id
from models import ApiKey
from resolvers.context import Context
from resolvers.unpack import decode_id, provided_fields
from services.core.access import Access, Requirement, is_allowed
from services.core.unit_of_work import UnitOfWork
from services.people import api_key
from services.people.api_key import NewApiKey


async def current_api_key(context: Context) -> Any:
    id = context.reader.known_principal.api_key_id
    return None if id is None else await context.loaders.get(CurrentApiKeyLoader, "api_key").load(id)


async def load_permissions(context: Context, key: Any, fields: Mapping[str, Requirement]) -> list[str] | None:
    """The names of the root fields that the API key of the request may use; None for other keys."""
    principal = await context.reader.principal()
    if key.id != principal.api_key_id:
        return None
    return sorted(name for name, required in fields.items() if is_allowed(principal, required))


async def create_api_key(context: Context, input: CreateApiKeyInput) -> NewApiKey:
    return await context.write(
        Access.OWNER_USER_ONLY, lambda work: api_key.create_api_key(work, provided_fields(input))
    )


async def revoke_api_key(work: UnitOfWork, id: Id) -> ApiKey:
    return await api_key.revoke_api_key(work, decode_id("api_key", id))
