"""Aggregates of rows, grouped by the value of a column."""

from typing import Any

from sqlalchemy import Select, func, select

from models.relations import HasMany, get_table
from queries.filters import condition_to_sql
from queries.key_list import KEYS_PARAM, any_of
from queries.lists import PageQuery
from queries.scope import visible
from queries.statement_cache import cached_statement


@cached_statement
def select_group_counts(relation: HasMany, column: str) -> Select[Any]:
    """Select, for each parent in :keys, the number of children by the value of a column."""
    table = get_table(relation.table)
    key, group = table.c[relation.fk], table.c[column]
    statement = select(key.label("parent_key"), group.label("group_value"), func.count().label("total"))
    return statement.where(visible(table), any_of(key, KEYS_PARAM)).group_by(key, group)


@cached_statement
def select_group_sums(table_name: str, column: str, amount: str, query: PageQuery) -> Select[Any]:
    """Select, for each value of a column, the number of matching rows and the sum of their amounts."""
    table = get_table(table_name)
    group = table.c[column]
    statement = select(
        group.label("group_value"), func.count().label("number"), func.sum(table.c[amount]).label("total")
    )
    return statement.where(visible(table), condition_to_sql(query.where, table)).group_by(group)
