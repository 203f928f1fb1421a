"""Root query fields. Each declares the access that it requires, which is checked before the resolver runs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from inspect import Parameter, signature
from typing import Any

from executor import Arguments, BatchedField
from inputs.arguments import PastTime
from models.relations import get_model
from models.scopes import Domain, Scope
from queries.lists import PageQuery, Projection
from queries.order import NEWEST_FIRST, Order
from queries.table_domains import scope_of_table
from resolvers.connection import parse_page_query, root_connection
from resolvers.keys import load_past_row_by_key, load_row_by_key, require_one_key
from schema.arguments import deleted_parameters, key_parameters, list_parameters, parameter
from schema.cost import CONNECTION_COST, SEARCH_COST
from schema.derive import lazy_type
from schema.fields import batched_field
from schema.requirements import describe_requirement, require, requirement_metadata
from schema.sources import Metadata, past_rows, rows_of
from services.core.access import Access, Requirement
from services.core.audit_values import is_audited

LoadValue = Callable[[Any, Arguments, Projection], Awaitable[Any]]
"""Loads the value of a root field: from the context, the arguments, and the attributes that are read from the value."""


def root_field(  # noqa: PLR0913 -- keywords
    resolver: Callable[..., Any],
    graphql_type: Any,
    *,
    access: Access,
    domain: Domain | None = None,
    description: str,
    cost: Mapping[Any, Any] | None = None,
    sources: Metadata | None = None,
    access_with: Mapping[str, Access] | None = None,
) -> Any:
    """A root field with this resolver: `async def resolver(context, **arguments)`. `domain` is required unless API keys
    cannot use the field. `cost` is from schema/cost.py, `sources` from schema/sources.py. `access_with` is the access
    that the field requires instead if it has an argument."""
    parameters = list(signature(resolver).parameters.values())[1:]
    metadata = {**(cost or {}), **(sources or {})}
    required = require(access, Scope(domain))
    load = _passing_keywords(resolver)
    return _root(load, parameters, graphql_type, required, description, metadata, access_with)


def list_field(
    table: str, *, access: Access, description: str, resolver: Any = None, extra_parameters: Sequence[Parameter] = ()
) -> Any:
    """A connection of all rows of a table, or of those that a resolver with extra parameters returns."""

    def parse(arguments: Arguments) -> PageQuery:
        return parse_page_query(table, arguments)

    async def load(context: Any, arguments: Arguments, projection: Projection) -> Any:
        return root_connection(context, table, arguments.derive(parse), projection)

    load_value = load if resolver is None else _passing_keywords(resolver)
    parameters = [*list_parameters(table), *extra_parameters]
    connection = lazy_type(table, "Connection")
    required = require(access, scope_of_table(table))
    return _root(load_value, parameters, connection, required, description, CONNECTION_COST | rows_of(table))


def search_field(  # noqa: PLR0913 -- keywords
    resolver: Callable[..., Any],
    connection: Any,
    parameters: list[Parameter],
    *,
    access: Access,
    domain: Domain,
    sources: Metadata,
    description: str,
) -> Any:
    """A connection of the rows that match a search query."""
    required = require(access, Scope(domain))
    metadata = SEARCH_COST | sources
    return _root(_passing_keywords(resolver), parameters, connection, required, description, metadata)


def server_list_field(table: str, *, description: str, default_order: Order = NEWEST_FIRST) -> Any:
    """A connection of all rows of a table in the whole server, for superusers."""

    async def load(context: Any, arguments: Arguments, projection: Projection) -> Any:
        query = parse_page_query(table, arguments, server_wide=True, default_order=default_order)
        return root_connection(context, table, query, projection)

    parameters, connection = list_parameters(table), lazy_type(table, "Connection")
    return _root(load, parameters, connection, require(Access.SUPERUSER, None), description, CONNECTION_COST)


def object_field(table: str, *, access: Access, description: str) -> Any:
    """A field for one row by its id or by another unique value; null if it does not exist."""

    def load(context: Any, arguments: Arguments, projection: Projection) -> Awaitable[Any]:
        key = require_one_key(arguments.get("id"), arguments.get("by"))
        if (as_of := arguments.get("as_of")) is not None:
            return load_past_row_by_key(context, table, key, as_of)
        include_deleted = bool(arguments.get("include_deleted"))
        return load_row_by_key(context, table, key, projection, include_deleted=include_deleted)

    past = [parameter("as_of", PastTime, None)] if is_audited(get_model(table)) else []
    parameters = [*key_parameters(table), *deleted_parameters(table), *past]
    metadata = rows_of(table, by_argument={"asOf": past_rows})
    required = require(access, scope_of_table(table))
    return _root(load, parameters, lazy_type(table), required, description, metadata)


def _root(  # noqa: PLR0913, PLR0917 -- private
    load_value: LoadValue,
    parameters: list[Parameter],
    graphql_type: Any,
    required: Requirement,
    description: str,
    metadata: Mapping[Any, Any],
    access_with: Mapping[str, Access] | None = None,
) -> Any:
    async def load(context: Any, roots: Any, arguments: Arguments, projection: Projection = None) -> Any:
        await context.require_access(
            required if access_with is None else _find_required(required, access_with, arguments)
        )
        return [await load_value(context, arguments, projection)] * len(roots)

    keywords = [parameter(argument.name, argument.annotation, argument.default) for argument in parameters]
    return batched_field(
        BatchedField(load, needs_projection=True),
        graphql_type | None,
        f"{description} {describe_requirement(required)}",
        keywords,
        metadata=requirement_metadata(required) | dict(metadata),
        has_past=True,  # the parent is the root, so there is nothing to refuse
    )


def _passing_keywords(resolver: Callable[..., Any]) -> LoadValue:
    """Let a resolver load a value, which takes the arguments as keywords, and `projection` if it has this parameter."""
    takes_projection = "projection" in signature(resolver).parameters

    def load(context: Any, arguments: Arguments, projection: Projection) -> Any:
        return resolver(context, **arguments, **({"projection": projection} if takes_projection else {}))

    return load


def _find_required(
    required: Requirement, access_with: Mapping[str, Access], arguments: Mapping[str, Any]
) -> Requirement:
    """Return what the field requires with these arguments. API keys need the same scope with all of them."""
    levels = (level for name, level in access_with.items() if arguments.get(name) is not None)
    return replace(required, level=next(levels, required.level))
