"""Rows counted by what a column holds."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select

from models.relations import Many, table_named
from queries.conditions import Condition, sql
from queries.keys import among
from queries.lists import KEYS, STATEMENTS_KEPT
from queries.scope import visible


@lru_cache(STATEMENTS_KEPT)
def tallied_for(relation: Many, column: str) -> Select[Any]:
    """For each parent in :keys, how many children have which value of a column."""
    table = table_named(relation.table)
    key, kind = table.c[relation.by], table.c[column]
    found = select(key.label("parent_key"), kind.label("kind"), func.count().label("total"))
    return found.where(visible(table), among(key, KEYS)).group_by(key, kind)


def summed(name: str, column: str, amount: str, where: Condition) -> Select[Any]:
    """For each value of a column, how many rows of a table have it, and what their amounts add up to."""
    table = table_named(name)
    kind = table.c[column]
    found = select(kind.label("kind"), func.count().label("number"), func.sum(table.c[amount]).label("total"))
    return found.where(visible(table), sql(where, table)).group_by(kind)
