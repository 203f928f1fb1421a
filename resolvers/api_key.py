"""API keys: create, revoke."""

from inputs.api_key import CreateApiKeyInput
from inputs.arguments import Id
from models import ApiKey
from resolvers.context import Context
from resolvers.unpack import decode_id, provided_fields
from services.core.access import Access
from services.core.unit_of_work import UnitOfWork
from services.people import api_key
from services.people.api_key import NewApiKey


async def create_api_key(context: Context, input: CreateApiKeyInput) -> NewApiKey:
    return await context.write(
        Access.OWNER_USER_ONLY, lambda work: api_key.create_api_key(work, provided_fields(input))
    )


async def revoke_api_key(work: UnitOfWork, id: Id) -> ApiKey:
    return await api_key.revoke_api_key(work, decode_id("api_key", id))
