"""Fields that lead to other rows. What they are is said in the field's metadata, for any executor to read."""

from typing import Any

from executor import Batched
from models.relations import Linked, Many, One, relation_of
from queries.lists import Columns
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

    def load(context: Any, parents: Any, _arguments: Any, wanted: Columns = None) -> Any:
        return one_related(context, relation, parents, wanted)

    batched = Batched(load, wants=True, reads=frozenset([relation.key]))
    return loaded(batched, type_of(relation.table) | None, relation.description, metadata={RELATION: relation})


def many(model: Any, name: str) -> Any:
    """The rows of another table that belong to this one, as a connection."""
    relation = relation_of(model, name)
    assert isinstance(relation, Many | Linked)

    def load(context: Any, parents: Any, arguments: Any, wanted: Columns = None) -> Any:
        return children(context, relation, parents, ask_for(relation.table, arguments), wanted)

    batched = Batched(load, wants=True, answers=True, reads=frozenset(["id"]))
    kind, parameters = type_of(relation.table, "Connection"), list_parameters(relation.table)
    return loaded(batched, kind, relation.description, parameters, metadata={RELATION: relation})
