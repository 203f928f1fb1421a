"""Fields for related rows. Their metadata contains the relation, for executors to read."""

from typing import Any

from executor import Arguments, BatchedField
from models.audit_entry import HISTORY
from models.relations import BelongsTo, HasOne, ToMany, get_relation
from queries.lists import PageQuery, Projection
from resolvers.connection import child_connections, parse_page_query
from resolvers.past import is_past, load_past_related
from resolvers.relations import load_owned, load_related
from schema.arguments import list_parameters
from schema.cost import CONNECTION_COST
from schema.derive import lazy_type
from schema.fields import batched_field
from schema.sources import related_rows

RELATION = "allotment.relation"


def to_one(model: Any, name: str) -> Any:
    """A field for the row that a foreign key references."""
    relation = get_relation(model, name)
    assert isinstance(relation, BelongsTo)

    def load(context: Any, parents: Any, _arguments: Any, projection: Projection = None) -> Any:
        if is_past(parents):
            return load_past_related(context, relation, parents)
        return load_related(context, relation, parents, projection)

    batched = BatchedField(load, needs_projection=True, parent_attributes=frozenset([relation.fk]))
    metadata = {RELATION: relation, **related_rows(relation)}
    return batched_field(
        batched, lazy_type(relation.table) | None, relation.description, metadata=metadata, has_past=True
    )


def has_one(model: Any, name: str) -> Any:
    """A field for the only row whose foreign key references the parent."""
    relation = get_relation(model, name)
    assert isinstance(relation, HasOne)

    async def load(context: Any, parents: Any, _arguments: Any, projection: Projection = None) -> Any:
        return await load_owned(context, relation, parents, projection)

    batched = BatchedField(load, needs_projection=True, parent_attributes=frozenset(["id"]))
    metadata = {RELATION: relation, **related_rows(relation)}
    return batched_field(batched, lazy_type(relation.table) | None, relation.description, metadata=metadata)


def to_many(model: Any, name: str, *, of_all_tenants: bool = False) -> Any:
    """A connection field for the related rows of another table. Changes of rows `of_all_tenants` are not followed."""
    relation = get_relation(model, name)
    assert isinstance(relation, ToMany)
    return _connection_field(relation, {} if of_all_tenants else related_rows(relation))


def history_field() -> Any:
    """A connection field for the audit entries of an object."""
    return _connection_field(HISTORY, related_rows(HISTORY))


def _connection_field(relation: ToMany, sources: dict[Any, Any]) -> Any:
    def parse(arguments: Arguments) -> PageQuery:
        return parse_page_query(relation.table, arguments)

    def load(context: Any, parents: Any, arguments: Arguments, projection: Projection = None) -> Any:
        return child_connections(context, relation, parents, arguments.derive(parse), projection)

    batched = BatchedField(load, needs_projection=True, is_sync=True, parent_attributes=frozenset(["id"]))
    connection, parameters = lazy_type(relation.table, "Connection"), list_parameters(relation.table)
    metadata = {RELATION: relation, **CONNECTION_COST, **sources}
    return batched_field(batched, connection, relation.description, parameters, metadata=metadata)
