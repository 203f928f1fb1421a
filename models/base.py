"""What every table has, and what every table of a tenant has besides.

A tenant's rows have the key (tenant_id, id), and whatever points at one does so with both columns: the database itself
refuses a row that points into another tenant. Foreign keys, their indexes and the unique constraints are made here
from what the fields declare, so that none can be written without the tenant in front.
"""

import datetime
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import declared_attr
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from models.fields import limits, moment, references
from models.ids import new_id
from models.relations import Relation

SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def now() -> datetime.datetime:
    """The current time, aware and in UTC, to the microsecond that both engines keep."""
    return datetime.datetime.now(datetime.UTC)


class Record(SQLModel):
    """Anything with an identity and a history of its own."""

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True, description="Identifies the object everywhere.")
    created_at: datetime.datetime = moment("When it was created.", default_factory=now)
    updated_at: datetime.datetime = moment("When it was last changed.", default_factory=now)
    version: int = Field(default=1, description="Counts the changes; pass it as expectedVersion to update safely.")

    relations: ClassVar[Mapping[str, Relation]] = {}
    """Where it leads, by name."""

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """Every UPDATE and DELETE of an entity also asks for the version it was read with, and counts it up."""
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class TenantRow(SQLModel):
    """A row that belongs to a tenant: the tenant leads its key and every index."""

    unique_together: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Columns that are unique within a tenant."""

    listed_by: ClassVar[tuple[str, ...]] = ()
    """Columns that lists are often sorted by."""

    tenant_id: uuid.UUID = Field(primary_key=True, foreign_key="tenant.id", description="The tenant it belongs to.")

    checks: ClassVar[tuple[tuple[str, str], ...]] = ()
    """What holds of every row beyond the bounds of its fields: a name and the SQL."""

    append_only: ClassVar[bool] = False
    """Whether the database refuses to change or delete a row once it is there."""

    @declared_attr.directive
    def __table_args__(cls) -> tuple[SchemaItem | dict[str, Any], ...]:
        return (*_tenant_constraints(cls), *([{"info": {"append_only": True}}] if cls.append_only else []))


class TenantRecord(Record, TenantRow):
    """A noun of a tenant's."""


def _tenant_constraints(model: Any) -> Iterator[SchemaItem]:
    pointing = references(model)
    key = ["id"] if "id" in model.model_fields else list(pointing)
    for name, table in pointing.items():
        yield ForeignKeyConstraint(("tenant_id", name), (f"{table}.tenant_id", f"{table}.id"))
        if key[0] != name:  # the primary key already is an index on its first reference
            yield Index(None, "tenant_id", name, *(column for column in key if column != name))
    for name in model.listed_by:
        yield Index(None, "tenant_id", name, "id")
    for columns in model.unique_together:
        yield UniqueConstraint("tenant_id", *columns)
    for name, info in model.model_fields.items():
        if holds := _within(name, *limits(info)):
            yield CheckConstraint(holds, name=name)
    for name, holds in model.checks:
        yield CheckConstraint(holds, name=name)


def _within(column: str, least: int | None, most: int | None) -> str:
    bounds = {">=": least, "<=": most}
    return " AND ".join(f"{column} {sign} {bound}" for sign, bound in bounds.items() if bound is not None)


__all__ = ["Record", "TenantRecord", "TenantRow", "UTCDateTime", "now"]
