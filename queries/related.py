"""The rows that a relation leads to, seen from one row of a table: for filters and orders."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select, true

from models.relations import BelongsTo, HasMany, HasManyThrough, ManyToMany, Relation, get_table
from queries.scope import visible


def select_related(
    relation: Relation,
    table: FromClause,
    value: Callable[[FromClause], ColumnElement[Any]],
    condition: Callable[[FromClause], ColumnElement[bool]] = lambda _related: true(),
) -> Select[Any]:
    """Select a value of the visible rows that are related to a row of a table or of an alias, and match a condition."""
    related = get_table(relation.table).alias()
    matches = [visible(related), condition(related)]
    match relation:
        case BelongsTo():
            reference = table.c[relation.fk]
            statement = select(value(related)).select_from(related).where(related.c.id == reference, *matches)
        case HasMany():
            key = table.c.id
            statement = select(value(related)).select_from(related).where(related.c[relation.fk] == key, *matches)
        case HasManyThrough():
            through, key = get_table(relation.through).alias(), table.c.id
            owned = through.join(related, related.c[relation.fk] == through.c.id)
            is_owned = visible(through), through.c[relation.through_fk] == key
            statement = select(value(related)).select_from(owned).where(*is_owned, *matches)
        case ManyToMany():
            link, key = get_table(relation.link_table).alias(), table.c.id
            linked = link.join(related, link.c[relation.target_fk] == related.c.id)
            is_linked = visible(link), link.c[relation.source_fk] == key
            statement = select(value(related)).select_from(linked).where(*is_linked, *matches)
    return statement.correlate(table)
