"""Fields that lead to other rows. What they are is said in the field's metadata, for any executor to read."""

from typing import Any

import strawberry

from models.relations import Linked, Many, One, Relation, relation_of
from resolvers.listing import ask_for, children
from resolvers.related import one_related
from schema.arguments import INFO, PARENT, list_parameters, signed
from schema.derive import type_of

RELATION = "allotment.relation"


def one(model: Any, name: str) -> Any:
    """The row that a column points at."""
    relation = relation_of(model, name)
    assert isinstance(relation, One)

    async def resolve(root: Any, info: Any) -> Any:
        return await one_related(info.context, relation, root)

    return _field(signed(resolve, PARENT, INFO), type_of(relation.table) | None, relation)


def many(model: Any, name: str) -> Any:
    """The rows of another table that belong to this one, as a connection."""
    relation = relation_of(model, name)
    assert isinstance(relation, Many | Linked)

    async def resolve(root: Any, info: Any, **arguments: Any) -> Any:
        return children(info.context, relation, root.id, ask_for(relation.table, arguments))

    parameters = list_parameters(relation.table)
    return _field(signed(resolve, PARENT, INFO, *parameters), type_of(relation.table, "Connection"), relation)


def _field(resolver: Any, kind: Any, relation: Relation) -> Any:
    return strawberry.field(
        resolver=resolver, graphql_type=kind, description=relation.description, metadata={RELATION: relation}
    )
