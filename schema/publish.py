"""What our fields declare, said on graphql-core's own fields, where whoever knows nothing else can read it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from executor import FIELD, Batched, Column
from models.ids import public_id
from schema.amounts import PLACED
from schema.derive import COLUMN
from schema.mutations import RETURNS_SECRETS
from schema.relations import RELATION
from schema.roots import ACCESS

PUBLISHED = (ACCESS, COLUMN, PLACED, RELATION, RETURNS_SECRETS, FIELD)


def publish(schema: strawberry.Schema) -> None:
    """Say on every field what it declares; and let rows pass for objects: they do not know their type."""
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
            for field in kind.fields.values():
                _publish(schema, field)


def _publish(schema: strawberry.Schema, field: GraphQLField) -> None:
    ours: Any = field.extensions.get("strawberry-definition")
    if not isinstance(ours, StrawberryField):
        return
    field.extensions |= {key: ours.metadata[key] for key in PUBLISHED if key in ours.metadata}
    column = ours.metadata.get(COLUMN)
    if column is not None:
        write = partial(public_id, column.prefix) if column.prefix else None
        field.extensions[FIELD] = Column(column.name, write)
    elif ours.base_resolver is None:
        field.extensions.setdefault(FIELD, Column(ours.python_name))
    elif isinstance(batched := ours.metadata.get(FIELD), Batched) and ours.arguments:
        field.extensions[FIELD] = _converting(schema, ours, batched)


def _converting(schema: strawberry.Schema, ours: StrawberryField, batched: Batched) -> Batched:
    """The same, with graphql-core's arguments made into what Strawberry gives a resolver."""

    async def load(context: Any, parents: Sequence[Any], arguments: Mapping[str, Any], *wanted: Any) -> Sequence[Any]:
        converted = convert_arguments(
            dict(arguments),
            ours.arguments,
            scalar_registry=schema.schema_converter.scalar_registry,
            config=schema.config,
        )
        return await batched.load(context, parents, converted, *wanted)

    return replace(batched, load=load)
