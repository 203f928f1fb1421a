"""Impersonation: a superuser acts as another user."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from dataloaders.rows import ImpersonatorNameLoader, RowLoader
from inputs.session import ImpersonateUserInput
from resolvers.context import Context
from resolvers.unpack import decode_id, optional_value
from services.core.access import Access
from services.core.unit_of_work import UnitOfWork
from services.people import impersonation
from services.people.impersonation import ImpersonationRequest
from services.people.session import SessionTokens


async def impersonate_user(context: Context, input: ImpersonateUserInput) -> SessionTokens:
    user_id, tenant = decode_id("user", input.user_id), optional_value(input.tenant)
    request, device = ImpersonationRequest(user_id, tenant, input.reason, input.minutes), context.client_info.device
    begun = await context.write(Access.SUPERUSER, lambda work: impersonation.begin_impersonation(work, device, request))
    session = begun.row
    token, expires_at = context.services.tokens.issue_with_expiry(session.user_id, session.id, session.expires_at)
    context.switch_user(session.user_id, session.id, keeps_tenant=False)
    return SessionTokens(token, expires_at, None, session.id, session.expires_at, begun.user)


async def end_impersonation(work: UnitOfWork) -> bool:
    return await impersonation.end_impersonation(work)


async def load_current(context: Context, user: Any) -> Any:
    """The session in which a superuser acts as the user, if it is that of the request."""
    principal = await context.reader.principal()
    session_id = principal.session_id
    if session_id is None or principal.impersonator_id is None or user.id != principal.user_id:
        return None
    return await context.loaders.get(RowLoader, "session").load(session_id)


async def load_impersonator_names(context: Context, rows: Sequence[Any]) -> Sequence[str | None]:
    """The name of each row's superuser; None if it has none."""
    ids = list(map(attrgetter("impersonator_id"), rows))
    loader = context.loaders.get(ImpersonatorNameLoader, "user")
    present_ids = [id for id in ids if id is not None]
    found = iter(await loader.load_batch(present_ids) if present_ids else ())
    return [None if id is None else next(found) for id in ids]
