"""Charges operations to the cost budgets of their callers and tenants."""

from database.authentication import ANONYMOUS, Principal
from database.outage import is_outage
from resolvers.context import Context
from services.core.cost.budgets import Account, Charge


async def charge_account(context: Context, account: Account, points: int) -> Charge:
    """Charge the points to all budgets of the request; raise RateLimited if one of them has too few, RequestAborted if
    the request is aborted while it waits for points."""
    charge = account.try_charge(points)
    if charge is None:
        with context.signal.stopping_task():
            charge = await account.charge(points)
    return charge


async def open_account(context: Context) -> Account:
    """Return the account that the request is charged to. Authenticate the credentials, which are used for the first
    time in this process."""
    credentials, services = context.credentials, context.services
    principal = ANONYMOUS if credentials.is_anonymous else await _authenticate(context)
    keys = services.cost_budgets.limits.keys_of(principal, context.client_network)
    account = services.cost_budgets.account(keys, is_anonymous=principal.is_anonymous)
    if not principal.is_anonymous:
        services.accounts.store(credentials, principal, account)
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
