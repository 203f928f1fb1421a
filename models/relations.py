"""Relations between tables, declared on the models and read by filters, loaders and the schema.

There is no ORM `relationship()`: with composite foreign keys it would set tenant_id to null along with the reference.
Each relation is one object, so it is compared by identity: loaders and statements are looked up by it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlmodel import SQLModel


@dataclass(frozen=True, eq=False)
class BelongsTo:
    """A relation to one row of `table`: the foreign key `fk` of this table references it."""

    table: str
    fk: str
    description: str


@dataclass(frozen=True, eq=False)
class HasMany:
    """A relation to the rows of `table` whose foreign key `fk` references this table."""

    table: str
    fk: str
    description: str


@dataclass(frozen=True, eq=False)
class HasOne(HasMany):
    """A relation to the only row of `table` whose foreign key `fk`, which is unique, references this table."""


@dataclass(frozen=True, eq=False)
class HasManyThrough:
    """A relation to the rows of `table` whose foreign key `fk` references a row of the table `through`, whose foreign
    key `through_fk` references this table."""

    table: str
    fk: str
    through: str
    through_fk: str
    description: str


@dataclass(frozen=True, eq=False)
class ManyToMany:
    """A relation to the rows of `table` through a link table, in which `source_fk` references this table and
    `target_fk` the other one."""

    table: str
    link_table: str
    source_fk: str
    target_fk: str
    description: str


ToMany = HasMany | HasManyThrough | ManyToMany
Relation = BelongsTo | ToMany


@cache
def get_model(table: str) -> Any:
    """Return the model of the table with this name."""
    for mapper in SQLModel._sa_registry.mappers:
        if mapper.class_.__tablename__ == table:
            return mapper.class_
    raise KeyError(table)


def list_models() -> list[Any]:
    """Return the models of all tables, in the order of their declaration."""
    return [get_model(table) for table in SQLModel.metadata.tables]


def table_of(model: Any) -> Table:
    """Return the table of a model."""
    table: Table = model.__table__
    return table


def get_table(name: str) -> Table:
    """Return the table with this name."""
    return SQLModel.metadata.tables[name]


def get_relation(model: Any, name: str) -> Relation:
    """Return the relation that a model declares under this name."""
    relation: Relation = model.relations[name]
    return relation
