"""Sign-in events of a tenant."""

from typing import Any

from queries.filters import And, Compare
from queries.lists import Projection
from resolvers.connection import parse_page_query, root_connection
from resolvers.context import Context


async def sign_in_events(context: Context, projection: Projection = None, **arguments: Any) -> Any:
    """The events of the current tenant, without the principal's own ones in others, which `visible` includes."""
    is_here = Compare("tenant_id", "eq", context.reader.known_principal.tenant_id)
    where = arguments.pop("where", None)
    condition = is_here if where is None else And((is_here, where))
    return root_connection(
        context, "sign_in_event", parse_page_query("sign_in_event", {**arguments, "where": condition}), projection
    )
