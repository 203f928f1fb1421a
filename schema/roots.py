"""Root query fields. Each says who may use it; nothing is resolved before that is checked."""

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any

from graphql import GraphQLSchema

from executor import Batched
from queries.lists import Columns
from resolvers.listing import all_rows, ask_for
from resolvers.node import row_of
from schema.arguments import list_parameters, parameter
from schema.derive import type_of
from schema.fields import loaded
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

    async def resolve(context: Any, wanted: Columns = None, **arguments: Any) -> Any:
        return all_rows(context, table, ask_for(table, arguments), wanted)

    parameters = [*list_parameters(table), *more]
    return _root(resolver or resolve, parameters, type_of(table, "Connection"), allows, description)


def server_listing(table: str, *, description: str) -> Any:
    """All rows of a table on the whole server, as a connection, for superusers."""

    async def resolve(context: Any, wanted: Columns = None, **arguments: Any) -> Any:
        return all_rows(context, table, ask_for(table, arguments, whole_server=True), wanted)

    return _root(resolve, list_parameters(table), type_of(table, "Connection"), Access.SUPERUSER, description)


def single(table: str, *, allows: Access, description: str) -> Any:
    """One row of a table by its id; null where there is none."""

    def resolve(context: Any, id: Any, wanted: Columns = None) -> Any:
        return row_of(context, table, id, wanted)

    return _root(resolve, [parameter("id", Id)], type_of(table), allows, description)


def _root(resolver: Any, parameters: list[Parameter], kind: Any, allows: Access, description: str) -> Any:
    wants = "wanted" in signature(resolver).parameters

    async def load(context: Any, roots: Any, arguments: Any, wanted: Columns = None) -> Any:
        await context.allow(allows)
        value = await resolver(context, **arguments, **({"wanted": wanted} if wants else {}))
        return [value for _ in roots]

    named = [parameter(each.name, each.annotation, each.default) for each in parameters]
    return loaded(
        Batched(load, wants=True), kind | None, f"{description} {WHO[allows]}", named, metadata={ACCESS: allows}
    )


def access_of_fields(schema: GraphQLSchema) -> dict[str, Access]:
    """Every root field, and who may use it: what it declares, and nothing else."""
    kinds = (schema.query_type, schema.mutation_type)
    return {name: field.extensions[ACCESS] for kind in kinds if kind for name, field in kind.fields.items()}


WHO = {
    Access.PUBLIC: "For everybody.",
    Access.USER: "For everybody who is signed in.",
    Access.MEMBER: "For members of the tenant.",
    Access.MEMBER_IN_PERSON: "For members of the tenant, in person.",
    Access.ADMIN: "For admins and owners of the tenant.",
    Access.ADMIN_IN_PERSON: "For admins and owners of the tenant, in person.",
    Access.OWNER: "For owners of the tenant.",
    Access.OWNER_IN_PERSON: "For owners of the tenant, in person.",
    Access.SUPERUSER: "For superusers of the server.",
}
