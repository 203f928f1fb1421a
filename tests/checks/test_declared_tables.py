"""Each field that reads the database declares the tables, or there is a reason; and their changes can be noticed."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, is_abstract_type

from executor import SOURCES_EXTENSION, FieldSources, declared_sources
from models.relations import list_models
from schema.schema import build_schema
from services.core.audit_values import is_audited
from services.core.followed_tables import NOT_FOLLOWED, follow, followed_tables
from tests.checks.unaudited_tables import UNAUDITED_TABLES
from tests.checks.undeclared_tables import UNDECLARED_TABLES

SCHEMA = build_schema()._schema
FOLLOWED_WITHOUT_AUDIT = {"audit_entry", "event", "ledger_entry", "snapshot", "user"}


def query_fields() -> Iterator[tuple[str, Any]]:
    """Return the fields of all types that queries can return, by coordinate."""
    pending: list[Any] = [SCHEMA.query_type]
    visited = set()
    while pending:
        graphql_type = pending.pop()
        if graphql_type in visited:
            continue
        visited.add(graphql_type)
        if is_abstract_type(graphql_type):
            pending += SCHEMA.get_possible_types(graphql_type)
        elif isinstance(graphql_type, GraphQLObjectType):
            for name, field in graphql_type.fields.items():
                yield f"{graphql_type.name}.{name}", field
                pending.append(get_named_type(field.type))


def test_fields_declare_their_tables_or_have_a_reason() -> None:
    assert {name for name, field in query_fields() if declared_sources(field) is None} == set(UNDECLARED_TABLES)


def test_declared_tables_are_followed() -> None:
    declared = [field.extensions.get(SOURCES_EXTENSION, FieldSources()).names for _, field in query_fields()]
    for graphql_type in SCHEMA.type_map.values():
        if isinstance(graphql_type, GraphQLInputObjectType):
            fields = graphql_type.fields.values()
            declared += [field.extensions.get(SOURCES_EXTENSION, frozenset()) for field in fields]
    tables = frozenset().union(*declared)
    assert tables <= followed_tables().keys()
    assert follow(tables).nouns


def test_audited_tables_are_followed_or_have_a_reason() -> None:
    tables = {model.__tablename__ for model in list_models() if is_audited(model)}
    assert followed_tables().keys() == tables - NOT_FOLLOWED.keys() | FOLLOWED_WITHOUT_AUDIT
    assert set(UNAUDITED_TABLES) >= FOLLOWED_WITHOUT_AUDIT


def test_each_version_contains_the_entries_of_the_tenant() -> None:
    assert follow(frozenset()).nouns == {"Tenant"}
    assert follow(frozenset({"task_worker"})).nouns == {"Tenant", "Task", "Worker"}
