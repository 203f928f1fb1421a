"""Each field that reads the database declares the tables, or there is a reason; and their changes can be noticed."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, is_abstract_type

from executor import SOURCES_EXTENSION, declared_sources
from executor.input_weight import contained_types
from models.relations import list_models
from services.core.audit_values import is_audited, to_camel_case
from services.core.followed_tables import NOT_FOLLOWED, follow, followed_tables
from tests.checks.unaudited_tables import UNAUDITED_TABLES
from tests.checks.undeclared_tables import UNDECLARED_TABLES
from tests.support.graphql_schema import graphql_schema

SCHEMA = graphql_schema()
NEVER_CHANGED = {"Invitation.email": "it never changes"}
"""Published columns of followed tables that entries leave out, each with the reason why that is no change."""
FOLLOWED_WITHOUT_AUDIT = {"audit_entry", "event", "ledger_entry", "snapshot", "user"}


def query_fields(*, below_undeclared: bool = True) -> Iterator[tuple[str, Any]]:
    """Return the fields of all types that queries can return, by coordinate; optionally without what can be selected in
    undeclared fields only."""
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
                if below_undeclared or declared_sources(field) is not None:
                    pending.append(get_named_type(field.type))


def test_fields_declare_their_tables_or_have_a_reason() -> None:
    assert {name for name, field in query_fields() if declared_sources(field) is None} == set(UNDECLARED_TABLES)


def input_tables(field: Any) -> frozenset[str]:
    """Return the tables that conditions and sort criteria in the arguments of a field read."""
    named = [get_named_type(argument.type) for argument in field.args.values()]
    types = {inner for each in named if isinstance(each, GraphQLInputObjectType) for inner in contained_types(each)}
    fields = [each for input_type in types for each in input_type.fields.values()]
    return frozenset().union(*(each.extensions.get(SOURCES_EXTENSION, frozenset()) for each in fields))


def test_declared_tables_are_followed() -> None:
    fields = query_fields(below_undeclared=False)
    declared = [(sources.names, field) for _, field in fields if (sources := declared_sources(field))]
    tables = frozenset().union(*(names | input_tables(field) for names, field in declared))
    assert tables <= followed_tables().keys()
    assert follow(tables).nouns


def test_audited_tables_are_followed_or_have_a_reason() -> None:
    tables = {model.__tablename__ for model in list_models() if is_audited(model)}
    assert followed_tables().keys() == tables - NOT_FOLLOWED.keys() | FOLLOWED_WITHOUT_AUDIT
    assert set(UNAUDITED_TABLES) >= FOLLOWED_WITHOUT_AUDIT


def test_types_of_followed_tables_have_no_column_that_changes_without_an_entry() -> None:
    """Otherwise a live query would not be answered again, and 304 would be sent for another response."""
    unnoticed = set()
    for model in (model for model in list_models() if model.__tablename__ in followed_tables()):
        graphql_type = SCHEMA.type_map.get(model.__name__)
        if isinstance(graphql_type, GraphQLObjectType):
            names = {to_camel_case(name) for name in getattr(model, "not_audited", {})}
            unnoticed |= {f"{model.__name__}.{name}" for name in names & graphql_type.fields.keys()}
    assert unnoticed == set(NEVER_CHANGED)


def test_each_version_contains_the_entries_of_the_tenant() -> None:
    assert follow(frozenset()).nouns == {"Tenant"}
    assert follow(frozenset({"task_worker"})).nouns == {"Tenant", "Task", "Worker"}
