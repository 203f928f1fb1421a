"""The lines of the reports of `allotment usage`."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from server.monitoring.usage_report import DocumentUse, Use

NO_USE = "no use"


@dataclass(frozen=True)
class StoredUsage:
    """What is stored of a period."""

    first_day: datetime.date | None
    """The first day of which anything is stored; None if nothing is."""
    clients: Sequence[Use]
    fields: Mapping[str, Sequence[Use]]
    documents: Sequence[DocumentUse]


def schema_fields(schema: GraphQLSchema) -> dict[str, GraphQLField]:
    """Return the fields of all object types and interfaces by their coordinates."""
    return {
        f"{name}.{field_name}": field
        for name, type_ in sorted(schema.type_map.items())
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
        for field_name, field in type_.fields.items()
    }


def describe_period(stored: StoredUsage, since: datetime.date) -> Iterator[str]:
    """Say of which period something is known."""
    if stored.first_day is None:
        yield "Nothing is recorded. Set RECORD_USAGE=true, and wait until all clients have been in use."
    elif stored.first_day > since:
        yield f"Usage since {since}, but nothing is recorded from before {stored.first_day}."
    else:
        yield f"Usage since {since}:"


def list_clients(schema: GraphQLSchema, stored: StoredUsage) -> Iterator[str]:
    """List the clients, and the use of deprecated fields."""
    for use in stored.clients:
        yield f"  {_describe_use(use)}"
    fields = schema_fields(schema)
    used = sum(coordinate in stored.fields for coordinate in fields)
    yield f"{used} of {len(fields)} fields are used."
    deprecated = {name: field for name, field in fields.items() if field.deprecation_reason is not None}
    if deprecated:
        yield "Deprecated fields:"
    for name, field in deprecated.items():
        yield from _describe_deprecated(name, field, stored.fields.get(name, ()))


def list_unused(schema: GraphQLSchema, stored: StoredUsage) -> Iterator[str]:
    """List the fields without use, those that may be removed first."""
    unused = {name: field for name, field in schema_fields(schema).items() if name not in stored.fields}
    deprecated = [name for name, field in unused.items() if field.deprecation_reason is not None]
    others = [name for name in unused if name not in deprecated]
    if deprecated:
        yield "Deprecated and not used, so they may be removed when their announced date has passed:"
        yield from (f"  {name}  ({unused[name].deprecation_reason})" for name in deprecated)
    yield f"Not deprecated and not used: {len(others)}"
    yield from (f"  {name}" for name in others)


def list_fields(schema: GraphQLSchema, stored: StoredUsage) -> Iterator[str]:
    """List the fields that a client uses, with the deprecated ones marked."""
    fields = schema_fields(schema)
    for name, uses in sorted(stored.fields.items()):
        field = fields.get(name)
        remark = "" if field is None or field.deprecation_reason is None else "  deprecated"
        remark = "  no longer in the schema" if field is None else remark
        yield f"  {name}  {_describe_uses(uses)}{remark}"
    if not stored.fields:
        yield "  The client has used no field."


def describe_field(stored: StoredUsage, field: str) -> Iterator[str]:
    """List the clients and the documents that use a field."""
    uses = stored.fields.get(field, ())
    yield f"{field}: {_describe_uses(uses)}"
    yield from (f"  {_describe_use(use)}" for use in uses)
    if stored.documents:
        yield "Documents (SHA-256, operation, client; requests since each was first recorded):"
    for each in stored.documents:
        yield f"  {each.sha256}  {each.operation or '(unnamed)'}  {_describe_use(each.use)}"


def _describe_deprecated(name: str, field: GraphQLField, uses: Sequence[Use]) -> Iterator[str]:
    yield f"  {name}: {_describe_uses(uses)}  ({field.deprecation_reason})"
    yield from (f"    {_describe_use(use)}" for use in uses)


def _describe_uses(uses: Sequence[Use]) -> str:
    return _count(sum(use.requests for use in uses)) if uses else NO_USE


def _describe_use(use: Use) -> str:
    name = f"{use.client.name} {use.client.version}".rstrip()
    return f"{name}: {_count(use.requests)}, last on {use.last_day}"


def _count(requests: int) -> str:
    return f"{requests:,} request{'' if requests == 1 else 's'}"
