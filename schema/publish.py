"""What our fields declare, said on graphql-core's own fields, where whoever knows nothing else can read it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from executor import FIELD, Batched, Column, Prefixed
from schema.amounts import PLACED
from schema.derive import COLUMN
from schema.mutations import RETURNS_SECRETS
from schema.relations import RELATION
from schema.roots import ACCESS

PLAIN = frozenset((bool, float, int, str, type(None)))
"""Classes of arguments that Strawberry takes as they are. (It would not, if a field told omitted from null.)"""
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
        write = Prefixed(f"{column.prefix}_", "hex") if column.prefix else None
        field.extensions[FIELD] = Column(column.name, write)
    elif ours.base_resolver is None:
        field.extensions.setdefault(FIELD, Column(ours.python_name))
    elif isinstance(batched := ours.metadata.get(FIELD), Batched) and ours.arguments:
        field.extensions[FIELD] = _converting(schema, ours, batched)


def _converting(schema: strawberry.Schema, ours: StrawberryField, batched: Batched) -> Batched:
    """The same, with graphql-core's arguments made into what Strawberry gives a resolver."""
    names = {schema.config.name_converter.from_argument(each): str(each.python_name) for each in ours.arguments}

    def converted(arguments: Mapping[str, Any]) -> dict[str, Any]:
        if PLAIN.issuperset(map(type, arguments.values())):
            return {names[name]: value for name, value in arguments.items()}
        return convert_arguments(
            dict(arguments),
            ours.arguments,
            scalar_registry=schema.schema_converter.scalar_registry,
            config=schema.config,
        )

    def load(context: Any, parents: Sequence[Any], arguments: Mapping[str, Any], *wanted: Any) -> Any:
        return batched.load(context, parents, converted(arguments), *wanted)

    return replace(batched, load=load)
