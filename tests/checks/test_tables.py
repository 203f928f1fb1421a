"""Keys and indexes of tenant-owned tables lead with the tenant, and the check finds tables that violate it."""

from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, Integer, MetaData, Table, UniqueConstraint
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables)
from tests.checks.tenant_tables import SHARED_TABLES, violations

SHARED = frozenset({"tenant"})


def test_tenant_tables_follow_the_rules() -> None:
    assert violations(SQLModel.metadata) == []


def test_shared_tables_are_complete() -> None:
    tables = SQLModel.metadata.tables.values()
    assert {table.name for table in tables if "tenant_id" not in table.primary_key.columns} == SHARED_TABLES


def _metadata(*parts: Any, key: tuple[str, ...] = ("tenant_id", "id")) -> MetaData:
    """Return metadata with a tenant, a correct table `item`, and a table `checked` that also has these parts."""
    metadata = MetaData()
    Table("tenant", metadata, Column("id", Integer, primary_key=True))
    _table(metadata, "item", ("tenant_id", "id"))
    _table(metadata, "checked", key, *parts)
    return metadata


def _table(metadata: MetaData, name: str, key: tuple[str, ...], *parts: Any) -> None:
    columns = [Column(name, Integer, *_target(name), primary_key=name in key) for name in ("tenant_id", "id")]
    columns.sort(key=lambda column: key.index(column.name) if column.name in key else len(key))
    Table(name, metadata, *columns, Column("item_id", Integer), Column("size", Integer), *parts)


def _target(name: str) -> list[ForeignKey]:
    return [ForeignKey("tenant.id")] if name == "tenant_id" else []


CORRECT_PARTS = (
    Index("ix_correct", "tenant_id", "size"),
    UniqueConstraint("tenant_id", "size", name="uq_correct"),
    ForeignKeyConstraint(["tenant_id", "item_id"], ["item.tenant_id", "item.id"], name="fk_correct"),
)
WRONG_PARTS: dict[str, Any] = {
    "its index ix_wrong does not lead": Index("ix_wrong", "size", "tenant_id"),
    "its unique constraint uq_wrong does not lead": UniqueConstraint("size", name="uq_wrong"),
    "its foreign key fk_wrong to item does not include the tenant": ForeignKeyConstraint(
        ["item_id"], ["item.id"], name="fk_wrong"
    ),
    "its foreign key fk_crossed to item does not include the tenant": ForeignKeyConstraint(
        ["size", "item_id"], ["item.tenant_id", "item.id"], name="fk_crossed"
    ),
    "its foreign key fk_null has an ON DELETE or ON UPDATE action": ForeignKeyConstraint(
        ["tenant_id", "item_id"], ["item.tenant_id", "item.id"], name="fk_null", ondelete="SET NULL"
    ),
}


def test_correct_table_has_no_violations() -> None:
    assert violations(_metadata(*CORRECT_PARTS), SHARED) == []


@pytest.mark.parametrize("problem", WRONG_PARTS)
def test_violation_is_found(problem: str) -> None:
    (violation,) = violations(_metadata(WRONG_PARTS[problem]), SHARED)
    assert violation.startswith(f"checked: {problem}")


@pytest.mark.parametrize("key", [("id",), ("id", "tenant_id")])
def test_wrong_primary_key_is_found(key: tuple[str, ...]) -> None:
    (violation,) = violations(_metadata(key=key), SHARED)
    assert violation.startswith("checked: its primary key does not lead with tenant_id")


def test_table_without_tenant_is_found() -> None:
    metadata = _metadata()
    Table("unowned", metadata, Column("id", Integer, primary_key=True))
    assert [line.split(";")[0] for line in violations(metadata, SHARED)] == [
        "unowned: its primary key does not lead with tenant_id (or list it in SHARED_TABLES)",
        "unowned: it has no foreign key to tenant",
    ]


def test_missing_shared_table_is_found() -> None:
    assert violations(_metadata(), SHARED | {"session"}) == ["session: is listed as shared but does not exist"]
