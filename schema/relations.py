"""Fields that lead to other rows. What they are is said in the field's metadata, for any executor to read."""

from typing import Any

from models.relations import Linked, Many, One, relation_of
from resolvers.listing import ask_for, children
from resolvers.related import one_related
from schema.arguments import list_parameters
from schema.derive import type_of
from schema.fields import loaded

RELATION = "allotment.relation"


def one(model: Any, name: str) -> Any:
    """The row that a column points at."""
    relation = relation_of(model, name)
    assert isinstance(relation, One)

    async def load(context: Any, parents: Any, _arguments: Any) -> Any:
        return await one_related(context, relation, parents)

    return loaded(load, type_of(relation.table) | None, relation.description, metadata={RELATION: relation})


def many(model: Any, name: str) -> Any:
    """The rows of another table that belong to this one, as a connection."""
    relation = relation_of(model, name)
    assert isinstance(relation, Many | Linked)

    async def load(context: Any, parents: Any, arguments: Any) -> Any:
        return children(context, relation, parents, ask_for(relation.table, arguments))

    kind, parameters = type_of(relation.table, "Connection"), list_parameters(relation.table)
    return loaded(load, kind, relation.description, parameters, metadata={RELATION: relation})
