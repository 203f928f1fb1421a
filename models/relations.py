"""How one table leads to another. Declared on the model, read by filters, loaders and the schema alike.

There is no ORM `relationship()`: with composite keys it would null the tenant along with the reference.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlmodel import SQLModel


@dataclass(frozen=True)
class One:
    """The row that a column of this table points at."""

    table: str
    key: str
    description: str


@dataclass(frozen=True)
class Many:
    """The rows of another table whose column `by` points here."""

    table: str
    by: str
    description: str


@dataclass(frozen=True)
class Linked:
    """The rows of another table that a link table joins to this one: `near` points here, `far` there."""

    table: str
    link: str
    near: str
    far: str
    description: str


Relation = One | Many | Linked


@cache
def model_of(table: str) -> Any:
    """The model of a table."""
    for mapper in SQLModel._sa_registry.mappers:
        if mapper.class_.__tablename__ == table:
            return mapper.class_
    raise KeyError(table)


def table_of(model: Any) -> Table:
    """The table behind a model."""
    table: Table = model.__table__
    return table


def table_named(name: str) -> Table:
    """The table of this name."""
    return SQLModel.metadata.tables[name]


def relation_of(model: Any, name: str) -> Relation:
    """The relation that a model declares under this name."""
    relation: Relation = model.relations[name]
    return relation
