"""Root query fields. Each says who may use it; nothing is resolved before that is checked."""

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any

import strawberry

from resolvers.listing import all_rows, ask_for
from resolvers.node import row_of
from schema.arguments import INFO, list_parameters, parameter, signed
from schema.derive import type_of
from schema.inputs.arguments import Id
from services.access import Access

ACCESS = "allotment.access"


def root(resolver: Callable[..., Any], kind: Any, *, allows: Access, description: str) -> Any:
    """A root field of this resolver: `async def resolver(context, **arguments)`."""
    return _root(resolver, list(signature(resolver).parameters.values())[1:], kind, allows, description)


def listing(
    table: str, *, allows: Access, description: str, resolver: Any = None, more: Sequence[Parameter] = ()
) -> Any:
    """All rows of a table, as a connection; or those that a resolver answers, which takes more arguments."""

    async def resolve(context: Any, **arguments: Any) -> Any:
        return all_rows(context, table, ask_for(table, arguments))

    parameters = [*list_parameters(table), *more]
    return _root(resolver or resolve, parameters, type_of(table, "Connection"), allows, description)


def single(table: str, *, allows: Access, description: str) -> Any:
    """One row of a table by its id; null where there is none."""

    async def resolve(context: Any, id: Any) -> Any:
        return await row_of(context, table, id)

    return _root(resolve, [parameter("id", Id)], type_of(table), allows, description)


def _root(resolver: Any, parameters: list[Parameter], kind: Any, allows: Access, description: str) -> Any:
    async def resolve(info: Any, **arguments: Any) -> Any:
        await info.context.allow(allows)
        return await resolver(info.context, **arguments)

    named = [parameter(each.name, each.annotation, each.default) for each in parameters]
    return strawberry.field(
        resolver=signed(resolve, INFO, *named),
        graphql_type=kind | None,
        description=f"{description} {WHO[allows]}",
        metadata={ACCESS: allows},
    )


WHO = {
    Access.PUBLIC: "For everybody.",
    Access.USER: "For everybody who is signed in.",
    Access.MEMBER: "For members of the tenant.",
    Access.ADMIN: "For admins and owners of the tenant.",
    Access.OWNER: "For owners of the tenant.",
}
