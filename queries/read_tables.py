"""The tables that statements read, beside those they select from: tables in the conditions of the tenant scope, and
tables between related rows. The schema declares them for its fields (schema/sources.py)."""

from functools import cache

from models.relations import HasManyThrough, ManyToMany, Relation, get_table
from queries.scope import tables_in_scope

Tables = frozenset[str]


@cache
def tables_of_rows(table: str) -> Tables:
    """Return the tables that a statement on the visible rows of a table reads."""
    return frozenset({table, *tables_in_scope(get_table(table))})


@cache
def tables_of_relation(relation: Relation) -> Tables:
    """Return the tables that a statement on the related rows of visible rows reads."""
    tables = tables_of_rows(relation.table)
    match relation:
        case HasManyThrough():
            return tables | tables_of_rows(relation.through)
        case ManyToMany():
            return tables | tables_of_rows(relation.link_table)
    return tables
