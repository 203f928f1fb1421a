"""Charges operations to the cost budgets of their callers and tenants."""

from typing import cast

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


async def find_account(context: Context) -> Account:
    """Return the account that the request is charged to. The caller's is known after its first request; before that,
    the credentials are authenticated."""
    caller = context.caller
    if caller is not None and caller.charged_buckets is not None:
        return cast("Account", caller.charged_buckets)
    principal = ANONYMOUS if context.credentials.is_anonymous else await _authenticate(context)
    budgets = context.services.cost_budgets
    keys = budgets.limits.keys_of(principal, context.client_network)
    account = budgets.account(keys, is_anonymous=principal.is_anonymous)
    caller = context.services.database.callers.find(context.credentials)
    if caller is not None and caller.principal == principal:
        caller.charged_buckets = account
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
