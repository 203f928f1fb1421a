"""Base classes of the tables: common columns, and the constraints of tenant-owned tables.

Tenant-owned tables have the primary key (tenant_id, id) and composite foreign keys, so the database itself rejects a
row that references another tenant. The foreign keys, their indexes and the unique constraints are built here from the
field declarations, so that none of them can omit tenant_id as the first column.
"""

import datetime
import uuid
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, and_, column
from sqlalchemy.orm import declared_attr
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from models.declaration_error import require_field
from models.fields import (
    member_references,
    number_bounds,
    schema_extra,
    tenant_references,
    timestamp,
    user_reference,
)
from models.ids import new_id
from models.log import LOG_ORDER
from models.relations import BelongsTo, Relation
from models.scopes import Domain

SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def utc_now() -> datetime.datetime:
    """Return the current time in UTC, with the microsecond precision that both databases store."""
    return datetime.datetime.now(datetime.UTC)


class Record(SQLModel):
    """A table with an id, timestamps and a version for optimistic locking."""

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True, description="The globally unique id.")
    created_at: datetime.datetime = timestamp("When it was created.", default_factory=utc_now)
    updated_at: datetime.datetime = timestamp("When it was last changed.", default_factory=utc_now)
    version: int = Field(default=1, description="The version for optimistic locking; pass it as expectedVersion.")

    relations: ClassVar[Mapping[str, Relation]] = {}
    """Relations to other tables, by name."""

    often_same: ClassVar[tuple[str, ...]] = ("created_at", "updated_at", "version")
    """Columns that often have the same value in all rows of a statement, which then contains it once."""

    domain: ClassVar[Domain | None] = None
    """The domain that the scopes of API keys name; None if no key with scopes reads the rows."""

    audited: ClassVar[bool] = False
    """Whether the audit records every change of a row. (tests/checks/unaudited_tables.py lists the others.)"""

    not_audited: ClassVar[Mapping[str, str]] = {}
    """Columns that the audit leaves out although their table is audited, each with the reason."""

    visibility_columns: ClassVar[tuple[str, ...]] = ()
    """The columns that `visible_only_to` needs."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Assign a column. SQLModel would also inform a session and Pydantic, which takes ten times as long: services
        compare the values with the stored ones instead (services/core/identity_map.py)."""
        self.__dict__[name] = value

    @classmethod
    def visible_only_to(cls, row: Mapping[str, Any], before: Mapping[str, Any]) -> uuid.UUID | None:  # noqa: ARG003
        """Return the only user, besides admins, who may see a change of the row: NIL_UUID if there is none, None if all
        may who see such rows. `before` contains the old values of the changed columns."""
        return None

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """Make UPDATE and DELETE of an entity check the version it was read with; UPDATE also increments it."""
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class TenantRow(SQLModel):
    """A tenant-owned table: tenant_id is the first column of the primary key and of every index."""

    unique_together: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Groups of columns that are unique within a tenant."""

    unique_where: ClassVar[tuple[tuple[tuple[str, ...], str, str], ...]] = ()
    """Groups of columns that are unique within a tenant among the rows in which a column has a value: columns, the name
    of that column, and the value."""

    sort_indexes: ClassVar[tuple[str, ...]] = ()
    """Columns with an index for sorting lists, and for filters that match few rows."""

    often_same: ClassVar[tuple[str, ...]] = ("tenant_id",)
    """Columns that often have the same value in all rows of a statement, which then contains it once."""

    domain: ClassVar[Domain | None] = None
    """The domain that the scopes of API keys name; None if no key with scopes reads the rows."""

    tenant_id: uuid.UUID = Field(primary_key=True, foreign_key="tenant.id", description="The tenant that owns the row.")

    index_fillfactor: ClassVar[int | None] = None
    """How full PostgreSQL makes the pages of new rows in the indexes, in percent; None for its default of 90. Lower if
    most rows are updated, and most updates write to all indexes."""

    check_constraints: ClassVar[tuple[tuple[str, str], ...]] = ()
    """CHECK constraints beyond the bounds of the fields: pairs of name and SQL condition."""

    append_only: ClassVar[bool] = False
    """Whether database triggers reject UPDATE and DELETE."""

    is_log: ClassVar[bool] = False
    """Whether readers follow the table (models/log.py): it has the columns LOG_ORDER, and an index in their order."""

    log_parts: ClassVar[tuple[str, ...]] = ()
    """Columns of a log with an index to find the newest row of each value."""

    emptied_by_purge: ClassVar[tuple[str, ...]] = ()
    """Columns of an append-only table that UPDATE may empty, in the rows of an object with an entry PURGED."""

    audited: ClassVar[bool] = False
    """Whether the audit records every change of a row; of a link, on both of its ends."""

    @declared_attr.directive
    def __table_args__(cls) -> tuple[SchemaItem | dict[str, Any], ...]:
        return (*_tenant_constraints(cls), {"info": _table_info(cls)})


class TenantRecord(Record, TenantRow):
    """A tenant-owned table with an id, timestamps and a version. The audit records its changes."""

    audited: ClassVar[bool] = True

    often_same: ClassVar[tuple[str, ...]] = (*TenantRow.often_same, *Record.often_same)

    searchable: ClassVar[tuple[str, ...]] = ()
    """Two columns of text whose words are in the full-text index. The triggers of a migration maintain it
    (migrations/search_triggers.py)."""


class SoftDeletable(SQLModel):
    """A base class for tenant-owned tables whose rows are marked as deleted first, and can be restored or purged.

    queries/scope.py hides the marked rows. Their unique values are free again.
    """

    deleted_at: datetime.datetime | None = timestamp("When it was deleted; null if it is not.", default=None)
    deleted_by_id: uuid.UUID | None = user_reference("The id of the user who deleted it.", default=None)

    def __init_subclass__(cls, **options: Any) -> None:
        """Add the relation to the user who deleted a row."""
        super().__init_subclass__(**options)
        description = "The user who deleted it; null if it is not deleted, or if an API key deleted it."
        cls.relations = {
            **getattr(cls, "relations", {}),
            "deleted_by": BelongsTo("user", "deleted_by_id", description),
        }


def is_soft_deletable(table: Any) -> bool:
    """Return whether rows of a table, or of an alias of it, are marked as deleted before they are purged."""
    return "soft_deletable" in getattr(table, "element", table).info


def _tenant_constraints(model: Any) -> Iterator[SchemaItem]:
    for name in (*model.sort_indexes, *model.log_parts, *chain.from_iterable(model.unique_together)):
        require_field(model, name)
    references = tenant_references(model)
    key = ["id"] if "id" in model.model_fields else list(references)
    for name, table in references.items():
        yield ForeignKeyConstraint(("tenant_id", name), (f"{table}.tenant_id", f"{table}.id"))
        if name not in {key[0], *(columns[0] for columns in model.unique_together)}:  # these have an index already
            yield _index(model, "tenant_id", name, *(column for column in key if column != name))
    for name in member_references(model):
        yield ForeignKeyConstraint(("tenant_id", name), ("membership.tenant_id", "membership.user_id"))
    for name in model.sort_indexes:
        yield _index(model, "tenant_id", name, "id")
    yield from _unique_constraints(model)
    yield from _log_indexes(model)
    for name, info in model.model_fields.items():
        if condition := _range_condition(name, *number_bounds(info)):
            yield CheckConstraint(condition, name=name)
    for name, condition in model.check_constraints:
        yield CheckConstraint(condition, name=name)


def _log_indexes(model: Any) -> Iterator[SchemaItem]:
    if model.is_log:
        yield Index(f"uq_{model.__tablename__}_log_order", "tenant_id", *LOG_ORDER, unique=True)
    for name in model.log_parts:
        yield Index(f"ix_{model.__tablename__}_{name}_log_order", "tenant_id", name, *LOG_ORDER)


def _table_info(model: Any) -> dict[str, Any]:
    """Return what statements and migrations need to know of a table, besides its columns and constraints."""
    flags = {"append_only": model.append_only, "soft_deletable": issubclass(model, SoftDeletable)}
    emptied = {"emptied_by_purge": model.emptied_by_purge} if model.emptied_by_purge else {}
    return {name: True for name, applies in flags.items() if applies} | emptied


def _unique_constraints(model: Any) -> Iterator[SchemaItem]:
    for columns in model.unique_together:
        yield _unique(model, ("tenant_id", *columns))
    for columns, name, value in model.unique_where:
        yield _unique_where(model, ("tenant_id", *columns), column(name) == value)


def _unique(model: Any, columns: tuple[str, ...]) -> SchemaItem:
    """Return the constraint that makes these columns unique: among the rows that are not deleted, if they can be, and
    that have a value, if the column is sparse."""
    sparse = [
        name for name in columns if name in model.model_fields and schema_extra(model.model_fields[name], "sparse")
    ]
    conditions = [column(name).is_not(None) for name in sparse]
    if issubclass(model, SoftDeletable):
        conditions.append(column("deleted_at").is_(None))
    if not conditions:
        return UniqueConstraint(*columns)
    return _unique_where(model, columns, and_(*conditions))


def _unique_where(model: Any, columns: tuple[str, ...], condition: Any) -> Index:
    name = f"uq_{model.__tablename__}_{'_'.join(columns)}"
    return _index(model, *columns, name=name, unique=True, postgresql_where=condition, sqlite_where=condition)


def _index(model: Any, *columns: str, name: str | None = None, **options: Any) -> Index:
    if model.index_fillfactor is not None:
        options["postgresql_with"] = {"fillfactor": model.index_fillfactor}
    return Index(name, *columns, **options)


def _range_condition(column: str, minimum: int | None, maximum: int | None) -> str:
    bounds = {">=": minimum, "<=": maximum}
    return " AND ".join(f"{column} {operator} {bound}" for operator, bound in bounds.items() if bound is not None)


__all__ = ["Record", "SoftDeletable", "TenantRecord", "TenantRow", "UTCDateTime", "utc_now"]
