"""Every row belongs to its tenant by its keys alone, and a table that breaks this is found."""

from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, Integer, MetaData, Table, UniqueConstraint
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables)
from tests.checks.tables import NOT_OWNED, breaches

ALLOWED = frozenset({"tenant"})


def test_every_table_of_a_tenants_keeps_the_rules() -> None:
    assert breaches(SQLModel.metadata) == []


def test_the_tables_that_no_tenant_owns_are_these() -> None:
    tables = SQLModel.metadata.tables.values()
    assert {table.name for table in tables if "tenant_id" not in table.primary_key.columns} == NOT_OWNED


def _metadata(*parts: Any, key: tuple[str, ...] = ("tenant_id", "id")) -> MetaData:
    """A tenant, things of its own that keep every rule, and a table that has these parts besides."""
    metadata = MetaData()
    Table("tenant", metadata, Column("id", Integer, primary_key=True))
    _table(metadata, "thing", ("tenant_id", "id"))
    _table(metadata, "odd", key, *parts)
    return metadata


def _table(metadata: MetaData, name: str, key: tuple[str, ...], *parts: Any) -> None:
    columns = [Column(each, Integer, *_target(each), primary_key=each in key) for each in ("tenant_id", "id")]
    columns.sort(key=lambda column: key.index(column.name) if column.name in key else len(key))
    Table(name, metadata, *columns, Column("thing_id", Integer), Column("size", Integer), *parts)


def _target(name: str) -> list[ForeignKey]:
    return [ForeignKey("tenant.id")] if name == "tenant_id" else []


GOOD = (
    Index("ix_good", "tenant_id", "size"),
    UniqueConstraint("tenant_id", "size", name="uq_good"),
    ForeignKeyConstraint(["tenant_id", "thing_id"], ["thing.tenant_id", "thing.id"], name="fk_good"),
)
BAD: dict[str, Any] = {
    "its index ix_bad does not lead": Index("ix_bad", "size", "tenant_id"),
    "its unique constraint uq_bad does not lead": UniqueConstraint("size", name="uq_bad"),
    "its foreign key fk_bad to thing leaves the tenant out": ForeignKeyConstraint(
        ["thing_id"], ["thing.id"], name="fk_bad"
    ),
    "its foreign key fk_crossed to thing leaves the tenant out": ForeignKeyConstraint(
        ["size", "thing_id"], ["thing.tenant_id", "thing.id"], name="fk_crossed"
    ),
    "its foreign key fk_null acts by itself": ForeignKeyConstraint(
        ["tenant_id", "thing_id"], ["thing.tenant_id", "thing.id"], name="fk_null", ondelete="SET NULL"
    ),
}


def test_what_leads_with_the_tenant_is_good() -> None:
    assert breaches(_metadata(*GOOD), ALLOWED) == []


@pytest.mark.parametrize("flaw", BAD)
def test_what_leaves_the_tenant_out_is_found(flaw: str) -> None:
    (found,) = breaches(_metadata(BAD[flaw]), ALLOWED)
    assert found.startswith(f"odd: {flaw}")


@pytest.mark.parametrize("key", [("id",), ("id", "tenant_id")])
def test_a_key_that_does_not_lead_with_the_tenant_is_found(key: tuple[str, ...]) -> None:
    (found,) = breaches(_metadata(key=key), ALLOWED)
    assert found.startswith("odd: its key does not lead with tenant_id")


def test_a_table_that_names_no_tenant_is_found() -> None:
    metadata = _metadata()
    Table("lonely", metadata, Column("id", Integer, primary_key=True))
    assert [line.split(";")[0] for line in breaches(metadata, ALLOWED)] == [
        "lonely: its key does not lead with tenant_id",
        "lonely: it does not point at its tenant",
    ]


def test_a_table_that_is_allowed_and_gone_is_found() -> None:
    assert breaches(_metadata(), ALLOWED | {"session"}) == ["session: is said not to be a tenant's, and is not there"]
