"""The tables whose rows a loader reads for its client, for the scopes of API keys. Tables of the tenant scope, such as
the memberships that decide which users are visible, are not among them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from models.relations import HasManyThrough, Relation, get_model
from models.scopes import Scope, grants
from queries.filters import And, CompareCount, Condition, Exists, Matches, Not, Or
from queries.groups import GroupQuery
from queries.lists import PageQuery
from queries.order import Order


def find_missing_scope(scopes: str | None, spec: Any) -> str | None:
    """Return the name of a scope that reading what a loader's spec describes requires beyond these; None if there is
    none."""
    if scopes is None:
        return None
    required = map(scope_of_table, _tables_of_spec(spec))
    return next((scope.name for scope in required if not grants(scopes, scope)), None)


@cache
def scope_of_table(table: str, *, is_write: bool = False) -> Scope:
    """Return the scope that reading or writing rows of a table requires."""
    return Scope(get_model(table).domain, is_write)


def _tables_of_spec(spec: Any) -> Iterator[str]:
    """Yield the tables of a spec (dataloaders): a table or a relation, alone or first in a tuple with queries."""
    source, *others = spec if type(spec) is tuple else (spec,)
    yield from _tables_of_source(source)
    for query in others:
        yield from _tables_of_query(query)


def _tables_of_source(source: Any) -> Iterator[str]:
    if isinstance(source, str):
        yield source
    elif isinstance(source, Relation):
        yield source.table
        yield from (source.through,) if isinstance(source, HasManyThrough) else ()
    else:
        yield from source.nouns  # a search


def _tables_of_query(query: Any) -> Iterator[str]:
    match query:
        case PageQuery():
            yield from _tables_of_condition(query.where)
            yield from _tables_of_order(query.order)
        case GroupQuery():
            yield from _tables_of_condition(query.rows.where)
            yield from _tables_of_condition(query.having) if query.having is not None else ()
            yield from _tables_of_order(query.order)


def _tables_of_condition(condition: Condition) -> Iterator[str]:
    match condition:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _tables_of_condition(operand)
        case Not(operand):
            yield from _tables_of_condition(operand)
        case Exists(relation=relation, condition=operand):
            yield from _tables_of_source(relation)
            yield from _tables_of_condition(operand)
        case CompareCount(relation=relation):
            yield from _tables_of_source(relation)
        case Matches(table=table):
            yield table


def _tables_of_order(order: Order) -> Iterator[str]:
    for sort in order:
        yield from (relation.table for relation in sort.path)
        if sort.counted is not None:
            yield from _tables_of_source(sort.counted)
