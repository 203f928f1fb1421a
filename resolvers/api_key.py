"""API keys."""

from models import ApiKey
from resolvers.context import Context
from resolvers.unpack import given, key
from schema.inputs.api_key import CreateApiKeyInput
from schema.inputs.arguments import Id
from services import api_key
from services.access import Access
from services.api_key import NewKey
from services.unit_of_work import UnitOfWork


async def create_api_key(context: Context, input: CreateApiKeyInput) -> NewKey:
    return await context.write(Access.OWNER_IN_PERSON, lambda work: api_key.create_api_key(work, given(input)))


async def revoke_api_key(work: UnitOfWork, id: Id) -> ApiKey:
    return await api_key.revoke_api_key(work, key("api_key", id))
