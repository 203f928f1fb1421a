"""Charges operations to the cost budgets of their callers and tenants."""

from database.authentication import ANONYMOUS, Principal
from database.outage import is_outage
from resolvers.context import Context
from services.core.cost.budgets import Account, Charge


async def charge_operation(context: Context, points: int) -> Charge:
    """Charge the points to all budgets of the request; raise RateLimited if one of them has too few."""
    account = context.services.accounts.get(context.credentials) or await _open_account(context)
    return account.try_charge(points) or await account.charge(points)


async def _open_account(context: Context) -> Account:
    """Authenticate the credentials, which are used for the first time in this process, and return their account."""
    credentials, services = context.credentials, context.services
    principal = ANONYMOUS if credentials.is_anonymous else await _authenticate(context)
    keys = services.cost_budgets.limits.keys_of(principal, context.client_network)
    account = services.cost_budgets.account(keys)
    if not principal.is_anonymous:
        services.accounts.store(credentials, account)
    return account


async def _authenticate(context: Context) -> Principal:
    """Authenticate, and release the connection, because the charge may need one. During an outage of the database the
    principal is anonymous here: the fields of the operation report the outage, or do not need the database."""
    try:
        principal = await context.reader.principal()
    except Exception as error:
        if is_outage(error):
            return ANONYMOUS
        raise
    await context.reader.release()
    return principal
