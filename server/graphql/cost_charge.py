"""Charges operations to the cost budgets of their callers and tenants."""

from collections.abc import Sequence

from database.authentication import ANONYMOUS, Principal
from database.outage import is_outage
from resolvers.context import Context
from services.core.cost.budgets import Charge
from services.core.cost.limits import BucketKey


async def charge_operation(context: Context, points: int) -> Charge:
    """Charge the points to all budgets of the request; raise RateLimited if one of them has too few."""
    budgets = context.services.cost_budgets
    keys = await _bucket_keys(context)
    return budgets.try_charge(keys, points) or await budgets.charge(keys, points)


async def _bucket_keys(context: Context) -> Sequence[BucketKey]:
    """Return the keys of the budgets. Credentials are authenticated at their first use in this process."""
    credentials, services = context.credentials, context.services
    if credentials.is_anonymous:
        return services.cost_budgets.limits.keys_of(ANONYMOUS, context.client_network)
    keys = services.bucket_keys.get(credentials)
    if keys is None:
        principal = await _authenticate(context)
        keys = services.cost_budgets.limits.keys_of(principal, context.client_network)
        if not principal.is_anonymous:
            services.bucket_keys.store(credentials, keys)
    return keys


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
