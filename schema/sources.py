"""What fields read, as metadata: the names of tables, from which entity tags and live queries are derived.

The executor passes them on (executor/source_declarations.py). A field without a declaration can be used neither in a
live query nor in one that is answered without being executed."""

from collections.abc import Callable, Mapping
from typing import Any

from executor import SOURCES_EXTENSION, FieldSources
from inputs.dynamic_types import READ_TABLES
from models import AuditEntry
from models.relations import Relation
from queries.read_tables import Tables, tables_of_relation, tables_of_rows
from services.core.followed_tables import are_followed

Metadata = dict[Any, Any]
ByArgument = Mapping[str, Callable[[Any], Tables | None]]

READS_PARENT_ONLY: Metadata = {SOURCES_EXTENSION: FieldSources()}
"""Of a field whose value is determined by its parent, the principal and the schema, or by what the field of its parent
has declared: the parts of a connection, for example."""


def rows_of(*tables: str, by_argument: ByArgument | None = None) -> Metadata:
    """Return the metadata of a field that reads visible rows of these tables; none if their changes are not followed.
    `by_argument` says what it also reads with an argument."""
    return _declare(frozenset().union(*map(tables_of_rows, tables)), by_argument)


def related_rows(relation: Relation) -> Metadata:
    """Return the metadata of a field that reads the related rows of its parents."""
    return _declare(tables_of_relation(relation))


def past_rows(as_of: Any) -> Tables:
    """Return what a field also reads with the argument `asOf`."""
    return frozenset() if as_of is None else tables_of_rows(str(AuditEntry.__tablename__))


def past_events(as_of: Any) -> Tables:
    """Return what a field also reads with the argument `asOf`, if it adds up the events of an object."""
    return frozenset() if as_of is None else tables_of_rows("event") | tables_of_rows("snapshot")


def unknown_with(value: Any) -> Tables | None:
    """Return that it is not known what a field reads with an argument."""
    return frozenset() if value is None else None


def followed_rows(table: str) -> Tables | None:
    """Return what reading visible rows of a table reads; None if its changes are not followed."""
    tables = tables_of_rows(table)
    return tables if are_followed(tables) else None


def _declare(tables: Tables, by_argument: ByArgument | None = None) -> Metadata:
    return {SOURCES_EXTENSION: FieldSources(tables, by_argument or {})} if are_followed(tables) else {}


def input_tables(metadata: Mapping[Any, Any]) -> Tables:
    """Return the tables that a condition or a sort criterion reads, from the metadata of its input field. Only fields
    without a declaration may read those that are not followed, which a test checks."""
    tables: Tables = metadata.get(READ_TABLES, frozenset())
    return tables
