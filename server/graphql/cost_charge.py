"""Charges operations to the cost budgets of their callers and tenants."""

from database.authentication import ANONYMOUS, Principal
from database.outage import is_outage
from resolvers.context import Context
from services.core.cost.budgets import Charge, ChargedBuckets


async def charge_buckets(context: Context, buckets: ChargedBuckets, points: int) -> Charge:
    """Charge the points to all budgets of the request, and lease points where they do not suffice. Raise RateLimited if
    a budget has too few, RequestAborted if the request is aborted while it waits for points."""
    with context.signal.stopping_task():
        return await buckets.charge(points)


def known_buckets(context: Context) -> ChargedBuckets | None:
    """Return the buckets that the request is charged to, if its caller has been authenticated before."""
    caller = context.caller
    buckets: ChargedBuckets | None = context.charged_buckets if caller is None else caller.charged_buckets
    return buckets


async def find_charged_buckets(context: Context) -> ChargedBuckets:
    """Authenticate the credentials, and return the buckets that the request is charged to."""
    principal = ANONYMOUS if context.credentials.is_anonymous else await _authenticate(context)
    budgets = context.services.cost_budgets
    keys = budgets.limits.keys_of(principal, context.client_network)
    buckets = budgets.charged_buckets(keys, is_anonymous=principal.is_anonymous)
    caller = context.services.database.callers.find(context.credentials)
    if caller is not None and caller.principal == principal:
        caller.charged_buckets = buckets
    context.charged_buckets = buckets
    return buckets


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
