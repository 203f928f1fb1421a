"""Migrations of a database in use: on a distributed one, a new table is distributed, with its foreign keys."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from database.authentication import set_tenant
from server.database_revision import upgrade_database
from server.distribution.state import load_state
from tests.support.extra_migrations import ExtraMigrations, version_folder
from tests.support.sample_data import SampleData

pytestmark = [pytest.mark.any_server, pytest.mark.only("postgresql")]

TABLE = """phase = "expand"


def upgrade() -> None:
    op.create_table(
        "tool",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid()),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_tool_tenant_id"),
        sa.ForeignKeyConstraint(["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name="fk_tool_team"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_tool"),
    )
    op.create_index("ix_tool_team", "tool", ["tenant_id", "team_id", "id"])
    op.protect_tenant_table("tool")
    op.make_append_only("tool", ("tenant_id", "id"))
    op.add_column("task", sa.Column("budget", sa.Integer()))


def downgrade() -> None:
    op.make_changeable("tool", ("tenant_id", "id"))
    op.drop_table("tool")
    op.drop_column("task", "budget")
"""
VALUES = """phase = "expand"


def upgrade() -> None:
    op.update_in_batches("task", {"budget": "version * 100"}, "budget IS NULL", batch_rows=2)


def downgrade() -> None:
    pass
"""
INDEX = """phase = "expand"


def upgrade() -> None:
    op.create_index_concurrently("ix_task_budget", "task", ["tenant_id", "budget", "id"])


def downgrade() -> None:
    op.drop_index_concurrently("ix_task_budget", "task")
"""
INSERT = text("INSERT INTO tool (tenant_id, id, team_id) VALUES (:tenant, :id, :id)")


@pytest.fixture
def migrated(sample_data: SampleData, database_url: str, tmp_path: Path) -> Iterator[SampleData]:
    """The sample data after three more migrations, which are reverted at the end."""
    with version_folder(tmp_path / "versions") as extra:
        for body in (TABLE, VALUES, INDEX):
            extra.add(body)
        try:
            _in_thread(upgrade_database, database_url)
            yield sample_data
        finally:
            _in_thread(ExtraMigrations.downgrade, extra, database_url)


def _in_thread(function: object, *arguments: object) -> None:
    with ThreadPoolExecutor(1) as pool:  # migrations have an event loop of their own
        pool.submit(function, *arguments).result()  # type: ignore[arg-type]


async def test_migrations_change_a_database_in_use(migrated: SampleData) -> None:
    tenant = migrated.tenant
    async with tenant.app_fixture.database.write_engine.begin() as connection:
        state = await load_state(connection)
        assert state is None or (state.placements["tool"], len(state.colocation_groups)) == ("distributed", 1)
        await set_tenant(connection, tenant.id)
        budgets = (
            await connection.execute(text("SELECT budget FROM task WHERE tenant_id = :t"), {"t": tenant.id})
        ).all()
        assert len(budgets) == len(migrated.rows["task"])
        assert all(row.budget for row in budgets)
        team = migrated.rows["team"][0]
        await connection.execute(INSERT, {"tenant": tenant.id, "id": team.id})
    async with tenant.app_fixture.database.write_engine.connect() as connection:
        assert (await connection.execute(text("SELECT id FROM tool"))).all() == []
        await set_tenant(connection, tenant.id)
        with pytest.raises(Exception, match="fk_tool_team"):
            await connection.execute(INSERT, {"tenant": tenant.id, "id": tenant.id})
